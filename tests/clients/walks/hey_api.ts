// The walk with the client of @hey-api/openapi-ts, which holds each answer against its zod schema.
import { client } from './generated/client.gen';
import { createTodo, deleteTodo, getTodo, listTodos, updateTodo } from './generated/sdk.gen';
import type { ListTodosData, Problem, Todo, TodoChanges, TodoInput } from './generated/types.gen';
import { walk, type Answer } from './walk';

const [url, shapes] = [process.argv[2]!, JSON.parse(process.argv[3]!)];
const item: TodoInput = shapes.item;
const change: TodoChanges = shapes.change;
const filter: ListTodosData['query'] = shapes.filter;
client.setConfig({ baseUrl: url });

interface Result<Body> { data?: Body; error?: Problem; response?: Response }

function answer<Body>({ data, error, response }: Result<Body>): Answer<Body> {
  return { status: response!.status, tag: response!.headers.get('etag'), body: data, problem: error };
}

void walk<Todo>(
  {
    create: async (key) => answer(await createTodo({ headers: { 'Idempotency-Key': key }, body: item })),
    list: async (filtered, limit, cursor) => answer(
      await listTodos({ query: { limit, cursor, ...(filtered ? filter : {}) } }),
    ),
    get: async (id, tag) => answer(
      await getTodo({ path: { id }, headers: tag ? { 'If-None-Match': tag } : undefined }),
    ),
    update: async (id, tag) => answer(
      await updateTodo({ path: { id }, headers: { 'If-Match': tag }, body: change }),
    ),
    remove: async (id) => answer(await deleteTodo({ path: { id } })),
  },
  change,
);
