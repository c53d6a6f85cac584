/** kubectl edit and its kin: objects opened in an editor, their changes sent, refusals shown as comments in the file opened again. */
import { typeOfKind } from '../../cluster/api/schema.ts';
import { additionsAndDeletions } from '../apply/three-way.ts';
import { diffMaps } from '../apply/two-way.ts';
import type { Call, Verb } from '../command.ts';
import { apiVersionOf, groupResource } from '../discovery.ts';
import { ExitError, KubectlError, StatusError, textOf, throwAll } from '../errors.ts';
import { parseYaml } from '../manifest.ts';
import { type ApiObject, asObject, type Dict, isEqual, isList, withAt } from '../objects.ts';
import { goJsonIndented } from '../printers/json.ts';
import { nameOfObject, outputFormat } from '../printers/printer.ts';
import { goYaml } from '../printers/yaml.ts';
import { createObject, LAST_APPLIED, patchObject, savedConfig, withLastApplied } from '../requests.ts';
import { fetched, type Info, targetsOf } from '../resource-builder.ts';
import { problemsOf } from '../validation.ts';

const INSTRUCTIONS = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

/** What is edited, and how a changed one is saved. */
interface Editing { infos: readonly Info[]; savesUnchanged?: boolean; save(info: Info, edited: ApiObject): Promise<ApiObject> }

export const edit: Verb = {
  path: 'edit', about: 'Edit a resource on the server',
  help: 'Opens objects in your editor ($KUBE_EDITOR, $EDITOR, or vi) and sends what you changed when you save and leave.\nLeaving without changes changes nothing; what the server refuses is shown to you again, with the reason.',
  examples: [['# A Deployment', 'kubectl edit deployment/web'], ['# With another editor', 'KUBE_EDITOR=nano kubectl edit svc/web']],
  async run(call) {
    const { infos, errors } = await fetched(call, await targetsOf(call, { allowsEmptySelector: true }));
    throwAll(errors);
    const shown = infos.map((info) => ({ ...info, object: call.flags.bool('show-managed-fields') ? info.object : withAt(info.object, ['metadata', 'managedFields'], undefined) }));
    await editLoop(call, { infos: shown, save: (info, edited) => saveChange(call, info, edited) });
  },
};

/** `create --edit`: manifests opened in an editor before they are sent. */
export async function editManifests(call: Call): Promise<void> {
  const { targets, errors } = await targetsOf(call, { args: [], validates: true });
  throwAll(errors);
  const infos = targets.flatMap((target): Info[] => (target.what === 'object' && target.manifest ? [{ ...target, object: target.manifest }] : []));
  await editLoop(call, { infos, savesUnchanged: true, save: (info, edited) => createObject(call, info, savedConfig(call, edited)) });
}

export const editLastApplied: Verb = {
  path: 'apply edit-last-applied', about: 'Edit latest last-applied-configuration annotations of a resource/object',
  help: 'Opens the manifest with which objects were last applied in your editor, and writes it back to their annotation. Nothing else of the objects changes.', examples: [['# Of a Deployment', 'kubectl apply edit-last-applied deployment/web']],
  async run(call) {
    const { infos, errors } = await fetched(call, await targetsOf(call, { allowsEmptySelector: true }));
    throwAll(errors);
    const applied = infos.flatMap((info) => {
      const text = info.object.metadata.annotations?.[LAST_APPLIED];
      return text === undefined ? [] : [{ ...info, object: asObject(JSON.parse(text) as unknown) }];
    });
    if (applied.length === 0) throw new KubectlError('no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`');
    await editLoop(call, { infos: applied, save: (info, edited) => patchObject(call, info, 'merge', { metadata: { annotations: { [LAST_APPLIED]: withLastApplied(edited).metadata.annotations?.[LAST_APPLIED] } } }) });
  },
};

/** Opens the objects again and again until they are saved or given up. */
async function editLoop(call: Call, { infos, savesUnchanged = false, save }: Editing): Promise<void> {
  const asJson = outputFormat(call, ['json', 'yaml']).name === 'json';
  const original = textFor(infos.map(({ object }) => object), asJson);
  const fileName = `kubectl-edit-${call.environment.world.random.int(4_000_000_000)}.${asJson ? 'json' : 'yaml'}`;
  let before = original, reasons = '';
  for (;;) {
    const saved = await opened(call, fileName, INSTRUCTIONS + reasons + before);
    const text = withoutComments(saved);
    if (text === before && reasons) throw await keeping(call, fileName, saved, new KubectlError('Edit cancelled, no valid changes were saved.'));
    if (text === original && !savesUnchanged) return call.err('Edit cancelled, no changes made.\n');
    if (text.trim() === '') return call.err('Edit cancelled, saved file was empty.\n');
    const refusals: string[] = [];
    const edited = parsed(text);
    if (typeof edited === 'string') refusals.push(refusal(call, infos[0]!, [`<nil>: Invalid value: "The edited file failed validation": ${edited}`]));
    else if (edited.length !== infos.length) throw await keeping(call, fileName, saved, new KubectlError('the number of objects has changed in the editor'));
    for (const [i, object] of typeof edited === 'string' ? [] : edited.entries()) {
      const info = infos[i]!;
      try {
        const isSame = !savesUnchanged && isEqual(info.object, object);
        const after = isSame ? object : await save(info, object);
        call.out(`${nameOfObject(after)} ${isSame ? 'skipped' : savesUnchanged ? 'created' : 'edited'}\n`);
      } catch (error) {
        refusals.push(await told(call, info, error, { fileName, saved, isCreation: savesUnchanged }));
      }
    }
    if (refusals.length === 0) return;
    [before, reasons] = [text, refusals.join('')];
  }
}

/** A refusal as comments for the file, said on standard error as well. */
function refusal(call: Call, { type, name }: Info, causes: readonly string[]): string {
  const subject = `${groupResource(type)} "${name}"`;
  call.err(`error: ${subject} is invalid\n`);
  const comment = (text: string) => `# ${text.replace(/\n(?=.)/g, '\n# ')}\n`;
  return `${comment(`${subject} was not valid:`)}${causes.map((cause) => comment(`* ${cause}`)).join('')}#\n`;
}

/** What becomes of a failure to save: only what is invalid can be put right in the editor. */
async function told(call: Call, info: Info, error: unknown, { fileName, saved, isCreation }: { fileName: string; saved: string; isCreation: boolean }): Promise<string> {
  if (!(error instanceof StatusError) || isCreation) throw await keeping(call, fileName, saved, error);
  if (error.reason === 'Invalid') return refusal(call, info, (error.status.details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`));
  await call.environment.files.write(`/tmp/${fileName}`, saved);
  const subject = `${groupResource(info.type)} "${info.name}"`;
  if (error.reason === 'NotFound') call.err(`error: ${subject} could not be found on the server\nThe edits you made on deleted resources have been saved to "/tmp/${fileName}"\n`);
  else call.err(`error: ${subject} could not be patched: ${error.message}\nYou can run \`kubectl replace -f /tmp/${fileName}\` to try this update again.\n`);
  throw new ExitError(1);
}

/** The same failure, once the file has been kept for a later try. */
async function keeping(call: Call, fileName: string, text: string, error: unknown): Promise<unknown> {
  await call.environment.files.write(`/tmp/${fileName}`, text);
  call.err(`A copy of your changes has been stored to "/tmp/${fileName}"\n`);
  return error;
}

/** The objects of a file, or what is wrong with it. */
function parsed(text: string): ApiObject[] | string {
  try {
    const value = parseYaml(text);
    const values: unknown[] = isList(value) ? value.items : [value];
    const [problem, ...more] = values.flatMap(problemsOf);
    return problem === undefined ? values.map(asObject) : more.length > 0 ? `[${[problem, ...more].join(', ')}]` : problem;
  } catch (error) {
    return textOf(error);
  }
}

async function opened(call: Call, fileName: string, text: string): Promise<string> {
  const saved = await call.environment.edit(fileName, text);
  if (saved === undefined) throw new KubectlError(`unable to launch the editor "${call.environment.env.KUBE_EDITOR ?? call.environment.env.EDITOR ?? 'vi'}"`);
  return saved;
}

function textFor(objects: readonly ApiObject[], asJson: boolean): string {
  const value = objects.length === 1 ? objects[0] : { apiVersion: 'v1', items: [...objects], kind: 'List', metadata: {} };
  return asJson ? goJsonIndented(value) : goYaml(value);
}

function withoutComments(text: string): string {
  return text.split('\n').filter((line) => !line.trimStart().startsWith('#')).join('\n').replace(/^\n+/, '');
}

async function saveChange(call: Call, info: Info, edited: ApiObject): Promise<ApiObject> {
  const { object: original, type } = info;
  if (edited.apiVersion !== original.apiVersion || edited.kind !== original.kind || edited.metadata.name !== original.metadata.name) {
    throw new KubectlError('At least one of apiVersion, kind and name was changed');
  }
  const typeName = typeOfKind(apiVersionOf(type), type.kind);
  const patch: Dict = typeName ? diffMaps(original, edited, typeName, { setElementOrder: true }) : additionsAndDeletions(original, edited);
  if (call.flags.bool('output-patch')) call.out(`Patch: ${JSON.stringify(patch)}\n`);
  return patchObject(call, { ...info, subresource: call.flags.string('subresource') || undefined }, typeName ? 'strategic' : 'merge', patch);
}
