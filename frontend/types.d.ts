/** What the page's modules speak of. Checked by `tsc --checkJs`, and served to nobody. */

type Values = Record<string, any>;

/** A schema as `page.json` has it: resolved, and whole. */
interface Schema {
  type?: string;
  format?: string;
  title?: string;
  description?: string;
  default?: any;
  example?: any;
  deprecated?: boolean;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  items?: Schema;
  enum?: any[];
  nullable?: boolean;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  readOnly?: boolean;
  required?: string[];
  properties?: Record<string, Schema>;
}

/** One operation, and how it is called. */
interface Row {
  method: string;
  path: string;
  /** Of a list: the property with the items (none: the answer is an array of them), and that with the next cursor. */
  items?: string | null;
  next?: string | null;
  /** The parameters that ask for a page, and for its size, and the most that it may be. */
  cursor?: string;
  limit?: string | null;
  most?: number;
  /** The property of an answer that holds the item, if it is not the item itself. */
  wrapper?: string;
  /** An answer shows some of the item only. */
  partial?: boolean;
  /** The media type of the body, if it is not `application/json`. */
  type?: string;
  /** Who may call it, if not everybody; and whether a key is sent along. */
  caller?: "person" | "service";
  key?: boolean;
  /** Of an update: what is not sent is gone. */
  replaces?: boolean;
  body?: Schema;
}

/** An operation that no rule answers. */
interface Doing extends Row {
  label: string;
  description?: string;
  /** The parameter that names the item, if it is of one. */
  on?: string | null;
  parameters: Record<string, { place: "path" | "query"; required: boolean; schema: Schema }>;
}

/** What a form asks for. */
interface Asked {
  schema?: Schema;
  /** What cannot be empty, if not what the schema says. */
  required?: string[];
  /** Whether it is for a new item. */
  isNew?: boolean;
  /** Whether what is left out is gone. */
  replaces?: boolean;
  /** What the first field is called. */
  first?: string;
}

/** Who is asked to sign in, and for what; and whether a key is asked for. */
interface Access {
  person: { scopes: string[] } | null;
  key: boolean;
}

/** A collection of the contract, as `infra/page.py` tells of it. */
interface Collection {
  name: string;
  /** What readers call it, and one and several of its items. */
  heading: string;
  one: string;
  many: string;
  about?: string;
  /** The property that names an item. */
  id: string;
  /** The property that says when it was created, if any. */
  created?: string;
  /** Every property that the service writes when it creates or changes an item. */
  stamps: string[];
  filters: string[];
  item: Schema;
  list?: Row;
  create?: Row;
  get?: Row;
  update?: Row;
  delete?: Row;
  functions?: Doing[];
}

/** An item, and the ETag of this version of it as far as it is known. */
interface Version {
  item: Values;
  tag?: string | null;
  /** When it was learnt, in ms; of what a list told, nothing. */
  at?: number;
}

interface Page {
  items: Values[];
  next?: string;
}

/** A problem as the contract describes it, RFC 9457. */
interface Said {
  title: string;
  detail: string;
  status?: number;
  errors?: { detail: string; pointer?: string }[];
}

/** One change on its way to the service, as this device keeps it. */
interface Change {
  /** Names it; of a create that is its `Idempotency-Key`. */
  key: string;
  /** Says which came first. */
  at: number;
  kind: "create" | "update" | "delete";
  /** `open` is being typed, `held` can be undone, `waiting` is sent when it is due, `failed` waits for the reader. */
  state: "open" | "held" | "waiting" | "failed";
  /** The item's; before it is made, the key of its create. */
  id: string;
  /** Of a create all that is sent, of an update what is changed. */
  fields: Values;
  /** What the reader saw when changing it. */
  base?: Values;
  /** Of a create that was tried: its bytes. */
  body?: string;
  /** Of a create: the key of the one that is sent before it. */
  after?: string;
  /** How often it was tried. */
  tries?: number;
  /** Not to be tried before, in ms. */
  due?: number;
  problem?: Said;
  /** What somebody else made of it meanwhile. */
  theirs?: Values;
  /** Whether that somebody is another tab of this browser. */
  own?: boolean;
}

/** What a transaction does to the changes. */
interface Edit {
  put?: Change[];
  gone?: Change[];
}

/** An item as it is shown: with the changes that are on their way. */
interface Shown {
  id: string;
  item: Values;
  saving: boolean;
  /** Whether this device keeps a change of it that has to wait. */
  waiting: boolean;
  /** In view whatever the filter: something in it waits for the reader. */
  kept: boolean;
  failures: Change[];
}

/** What a collection has beyond what its contract says: words, and touches. All of it may be missing. */
interface Touches {
  heading?: string;
  /** A boolean of the item that is ticked off in its row. */
  done?: string;
  labels?: Record<string, string>;
  hints?: Record<string, string>;
  placeholders?: Record<string, string>;
  /** What is said of a field that is empty and must not be. */
  needed?: Record<string, string>;
  /** The values of a filter, in order, with what they are called. */
  choices?: Record<string, [any, string][]>;
  /** What is said of an empty list, by its filters. */
  empty?: Record<string, [string, string]>;
  /** What is said of a change that is saved, or was not. */
  saved?: (fields: Values) => string | undefined;
}

/** The page's files, and what names this version of all of them: `infra/site.py` writes it before the service worker. */
declare const FILES: string[];
declare const VERSION: string;

/** Of Swagger UI, which the reference loads before its own module. */
declare function SwaggerUIBundle(options: object): void;
