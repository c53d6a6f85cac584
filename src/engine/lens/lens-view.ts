/** What a player can look at more closely, and what it looks like: plain data. */

/** An object by the words kubectl takes: `pod`, `deployment`, `widget.example.com`. */
export interface ObjectRef {
  readonly resource: string;
  readonly name: string;
  readonly namespace?: string;
}

export const OBJECT_TABS = ['describe', 'yaml', 'events', 'logs', 'owners'] as const;
export type ObjectTab = (typeof OBJECT_TABS)[number];

/** What is asked to be shown. */
export type Lens =
  | { readonly of: 'object'; readonly ref: ObjectRef; readonly tab: ObjectTab }
  | { readonly of: 'why'; readonly ref?: ObjectRef };

/** What is shown, with the lens it answers. */
export type LensView =
  | ObjectLensView
  | WhyLensView;

/** An object as kubectl tells of it. */
export interface ObjectLensView {
  readonly of: 'object';
  readonly ref: ObjectRef;
  readonly tab: ObjectTab;
  /** What says the same at the prompt. */
  readonly command: string;
  readonly lines: readonly string[];
  /** For the tab 'owners': what can be gone to, root first. */
  readonly chain?: readonly { readonly ref: ObjectRef; readonly depth: number; readonly note: string }[];
}

/** What is in trouble, and why the chosen one is. */
export interface WhyLensView {
  readonly of: 'why';
  readonly troubles: readonly { readonly ref: ObjectRef; readonly note: string; readonly isPaid: boolean }[];
  readonly ref?: ObjectRef;
  /** From the symptom to the cause; missing while it has not been paid for. */
  readonly links?: readonly { readonly text: string; readonly command: string }[];
}

/** `pod/shop/web-1`: one text for one object. */
export const idOf = ({ resource, namespace, name }: ObjectRef): string => `${resource}/${namespace ?? ''}/${name}`;

/** The object that an id stands for. */
export function refOf(id: string): ObjectRef {
  const [resource = '', namespace = '', ...name] = id.split('/');
  return { resource, name: name.join('/'), ...(namespace ? { namespace } : {}) };
}
