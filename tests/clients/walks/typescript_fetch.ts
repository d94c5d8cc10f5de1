// The walk with the client that openapi-generator's typescript-fetch made.
import {
  Configuration, ProblemFromJSON, ResponseError, TodoChangesFromJSON, TodoFromJSON, TodoInputFromJSON, TodosApi,
  type ApiResponse, type Problem, type Todo,
} from './generated';
import { walk, type Answer, type Item } from './walk';

const [url, shapes] = [process.argv[2]!, JSON.parse(process.argv[3]!)];
const api = new TodosApi(new Configuration({ basePath: url }));
const todoInput = TodoInputFromJSON(shapes.item);
const todoChanges = TodoChangesFromJSON(shapes.change);

type Whole = Omit<Todo, 'updatedAt'> & Item;

/** Dates are read into objects; the walk compares texts. */
function whole({ updatedAt, ...rest }: Todo): Whole {
  return { ...rest, updatedAt: updatedAt.toISOString() };
}

async function answer<Body, Seen>(
  calling: Promise<ApiResponse<Body>>, see: (body: Body) => Seen,
): Promise<Answer<Seen>> {
  try {
    const response = await calling;
    const { raw } = response;
    const body = raw.status === 204 ? undefined : see(await response.value());
    return { status: raw.status, tag: raw.headers.get('etag'), body };
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const { status } = error.response;
    const problem: Problem | undefined = status === 304 ? undefined : ProblemFromJSON(await error.response.json());
    return { status, problem };
  }
}

void walk<Whole>(
  {
    create: (idempotencyKey) => answer(api.createTodoRaw({ todoInput, idempotencyKey }), whole),
    list: (filtered, limit, cursor) => answer(
      api.listTodosRaw({ limit, cursor, ...(filtered ? shapes.filter : {}) }),
      (page) => ({ ...page, items: page.items.map(whole) }),
    ),
    get: (id, ifNoneMatch) => answer(api.getTodoRaw({ id, ifNoneMatch }), whole),
    update: (id, ifMatch) => answer(api.updateTodoRaw({ id, ifMatch, todoChanges }), whole),
    remove: (id) => answer(api.deleteTodoRaw({ id }), () => undefined),
  },
  shapes.change,
);
