// One walk through an API, whatever client makes the calls.
import assert from 'node:assert/strict';

export interface Item { id: string; updatedAt: string }
export interface Problem { type: string; status: number }
export interface Answer<Body> { status: number; tag?: string | null; body?: Body; problem?: Problem }
export interface Page<It> { items: It[]; count: number; next?: string }

export interface Calls<It extends Item> {
  create(key: string): Promise<Answer<It>>;
  list(filtered: boolean, limit: number, cursor?: string): Promise<Answer<Page<It>>>;
  get(id: string, tag?: string): Promise<Answer<It>>;
  update(id: string, tag: string): Promise<Answer<It>>;
  remove(id: string): Promise<Answer<unknown>>;
}

/** Create, list, get, update and delete; a change is what every update asks for. */
export async function walk<It extends Item>(calls: Calls<It>, change: Partial<It>): Promise<void> {
  const keys = crypto.randomUUID();
  const made: It[] = [];
  for (let number = 0; number < 3; number += 1) {
    const answer = await calls.create(`${keys}-${number}`);
    assert.equal(answer.status, 201);
    made.unshift(answer.body!);
  }
  const again = await calls.create(`${keys}-2`);
  assert.deepEqual([again.status, again.body!.id], [201, made[0]!.id]);

  const ids = made.map((each) => each.id);
  assert.deepEqual((await listed(calls, true)).slice(0, 3), ids);

  const [first] = made;
  const found = await calls.get(first!.id);
  assert.deepEqual([found.status, found.body], [200, first]);
  assert.equal((await calls.get(first!.id, found.tag!)).status, 304);

  const updated = await calls.update(first!.id, found.tag!);
  assert.equal(updated.status, 200);
  assert.deepEqual(updated.body, { ...first, ...change, updatedAt: updated.body!.updatedAt });

  const stale = await calls.update(first!.id, found.tag!);
  assert.equal(stale.status, 412);
  assert.equal(stale.problem!.type, 'urn:problem-type:precondition-failed');

  for (const id of ids) assert.equal((await calls.remove(id)).status, 204);
  const gone = await calls.get(first!.id);
  assert.deepEqual([gone.status, gone.problem!.status], [404, 404]);
  const left = await listed(calls, false);
  assert.ok(ids.every((id) => !left.includes(id)));
}

async function listed<It extends Item>(calls: Calls<It>, filtered: boolean): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await calls.list(filtered, 2, cursor);
    assert.equal(page.status, 200);
    assert.ok(page.body!.items.length === page.body!.count && page.body!.count <= 2);
    ids.push(...page.body!.items.map((each) => each.id));
    cursor = page.body!.next;
  } while (cursor);
  return ids;
}
