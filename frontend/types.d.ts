/** What the page's modules speak of. Checked by `tsc --checkJs`, and served to nobody. */

interface Values {
  title: string;
  description: string;
  completed: boolean;
}

interface Todo extends Values {
  id: string;
  createdAt: string;
  updatedAt: string;
}

/** A to-do, and the ETag of this version of it as far as it is known. */
interface Version {
  todo: Todo;
  tag?: string | null;
  /** When it was learnt, in ms; of what a list told, nothing. */
  at?: number;
}

interface Page {
  items: Todo[];
  next?: string;
}

/** A problem as the contract describes it, RFC 9457. */
interface Said {
  title: string;
  detail: string;
  status?: number;
}

type Show = "all" | "active" | "completed";

/** One change on its way to the service. */
interface Change {
  kind: "create" | "update" | "delete";
  /** `open` is being typed, `held` can be undone, `queued` no more, `failed` waits for the reader. */
  state: "open" | "held" | "queued" | "saving" | "failed";
  /** The to-do's; before it is made, the key under which it is created. */
  id: string;
  fields: Partial<Values>;
  /** What the reader saw when changing it. */
  base?: Todo;
  problem?: import("./api.js").Problem;
  /** What somebody else made of it meanwhile. */
  theirs?: Todo;
}

interface Row {
  todo: Todo;
  saving: boolean;
  /** In view whatever the filter: something in it waits for the reader. */
  kept: boolean;
  failures: Change[];
}

/** Of Swagger UI, which the reference loads before its own module. */
declare function SwaggerUIBundle(options: object): void;
