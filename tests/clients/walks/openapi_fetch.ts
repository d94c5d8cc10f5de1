// The walk with openapi-fetch, by the types that openapi-typescript made.
import createClient from 'openapi-fetch';
import type { components, operations, paths } from './generated/schema';
import { walk, type Answer } from './walk';

type Todo = components['schemas']['Todo'];
const [url, shapes] = [process.argv[2]!, JSON.parse(process.argv[3]!)];
const item: components['schemas']['TodoInput'] = shapes.item;
const change: components['schemas']['TodoChanges'] = shapes.change;
const filter: operations['listTodos']['parameters']['query'] = shapes.filter;
const client = createClient<paths>({ baseUrl: url });

interface Result<Body> { data?: Body; error?: components['schemas']['Problem']; response: Response }

function answer<Body>({ data, error, response }: Result<Body>): Answer<Body> {
  const { status, headers } = response;
  return { status, tag: headers.get('etag'), body: data, problem: error };
}

void walk<Todo>(
  {
    create: async (key) => answer(await client.POST('/todos', {
      params: { header: { 'Idempotency-Key': key } }, body: item,
    })),
    list: async (filtered, limit, cursor) => answer(await client.GET('/todos', {
      params: { query: { limit, cursor, ...(filtered ? filter : {}) } },
    })),
    get: async (id, tag) => answer(await client.GET('/todos/{id}', {
      params: { path: { id }, header: { 'If-None-Match': tag } },
    })),
    update: async (id, tag) => answer(await client.PUT('/todos/{id}', {
      params: { path: { id }, header: { 'If-Match': tag } }, body: change,
    })),
    remove: async (id) => answer(await client.DELETE('/todos/{id}', { params: { path: { id } } })),
  },
  change,
);
