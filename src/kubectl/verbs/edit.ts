/** kubectl edit: objects opened in an editor, their changes sent as patches. */
import { typeOfKind } from '../../cluster/api/schema.ts';
import { diffMaps } from '../apply/two-way.ts';
import { additionsAndDeletions } from '../apply/three-way.ts';
import type { Call, Verb } from '../command.ts';
import { apiVersionOf, groupResource } from '../discovery.ts';
import { hasReason, KubectlError, PlainError, StatusError, textOf, throwAll } from '../errors.ts';
import { parseYaml } from '../manifest.ts';
import { type ApiObject, asObject, type Dict, isEqual, isList, withAt } from '../objects.ts';
import { nameOfObject, outputFormat, type Print, resultPrinter } from '../printers/printer.ts';
import { goJsonIndented } from '../printers/json.ts';
import { goYaml } from '../printers/yaml.ts';
import { createObject, patchObject, savedConfig } from '../requests.ts';
import { fetched, type Info, targetsOf } from '../resource-builder.ts';

const INSTRUCTIONS = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

export const edit: Verb = {
  path: 'edit', about: 'Edit a resource on the server',
  help: 'Opens objects in your editor ($KUBE_EDITOR, $EDITOR, or vi) and sends what you changed when you save and leave.\nLeaving without changes changes nothing; what the server refuses is shown to you again, with the reason.',
  examples: [['# A Deployment', 'kubectl edit deployment/web'], ['# With another editor', 'KUBE_EDITOR=nano kubectl edit svc/web']],
  async run(call) {
    const targets = await targetsOf(call, {});
    const { infos, errors } = await fetched(call, targets);
    throwAll(errors);
    const print: Print = (object) => call.out(`${nameOfObject(object)} edited\n`); // -o is the form of the file here
    await editLoop(call, infos.map(({ object }) => object), async (edited) => {
      for (const [i, info] of infos.entries()) await saveChange(call, info, edited[i], print);
    });
  },
};

/** `create --edit`: manifests opened in an editor before they are sent. */
export async function editManifests(call: Call): Promise<void> {
  const { targets, errors } = await targetsOf(call, { args: [], validates: true });
  throwAll(errors);
  const named = targets.flatMap((target) => (target.what === 'object' && target.manifest ? [{ target, manifest: target.manifest }] : []));
  const print = await resultPrinter(call, 'created');
  await editLoop(call, named.map(({ manifest }) => manifest), async (edited) => {
    for (const [i, { target }] of named.entries()) print(await createObject(call, target, savedConfig(call, edited[i] ?? target.manifest!)));
  }, { savesUnchanged: true });
}

/** Opens the objects again and again until they are saved or given up. */
async function editLoop(call: Call, objects: readonly ApiObject[], save: (edited: readonly ApiObject[]) => Promise<void>, { savesUnchanged = false } = {}): Promise<void> {
  const asJson = outputFormat(call, ['json', 'yaml', 'kyaml', 'name']).name === 'json';
  const original = textFor(objects, asJson, call.flags.bool('show-managed-fields'));
  const fileName = `kubectl-edit-${call.environment.world.random.int(4_000_000_000)}.${asJson ? 'json' : 'yaml'}`;
  let text = INSTRUCTIONS + original, refused: string | undefined;
  for (;;) {
    const saved = await opened(call, fileName, text);
    const bare = withoutComments(saved);
    if (refused !== undefined && bare === refused) throw gaveUp(await stored(call, fileName, saved));
    if (bare === original && !savesUnchanged) return call.err('Edit cancelled, no changes made.\n');
    if (bare.trim() === '') return call.err('Edit cancelled, saved file was empty.\n');
    const reason = await attempt(call, bare, save);
    if (reason === undefined) return;
    refused = bare;
    text = INSTRUCTIONS + reason + bare;
  }
}

/** Tries to save; gives the comment that explains a refusal, or undefined when all went well. */
async function attempt(call: Call, text: string, save: (edited: readonly ApiObject[]) => Promise<void>): Promise<string | undefined> {
  let edited: ApiObject[];
  try {
    const value = parseYaml(text);
    edited = (isList(value) ? value.items : [value]).map(asObject);
  } catch (error) {
    call.err(`error: ${textOf(error)}\n`);
    return `# The edited file had a syntax error: ${textOf(error)}\n#\n`;
  }
  try {
    await save(edited);
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError) || !hasReason(error, 'Invalid', 'BadRequest', 'Forbidden', 'Conflict')) throw error;
    return explained(call, error);
  }
}

function explained(call: Call, error: StatusError): string {
  const { details, message = '' } = error.status;
  const subject = `${details?.kind ?? 'objects'} "${details?.name ?? ''}"`;
  if (error.reason !== 'Invalid') {
    call.err(`error: ${subject} could not be patched: ${message}\nYou can run \`kubectl replace -f\` to try this update again.\n`);
    return `# ${message}\n#\n`;
  }
  call.err(`error: ${subject} is invalid\n`);
  const causes = details?.causes ?? [];
  return `# ${subject} was not valid:\n${causes.map(({ field, message: why }) => `# * ${field}: ${why}\n`).join('')}#\n`;
}

async function opened(call: Call, fileName: string, text: string): Promise<string> {
  const saved = await call.environment.edit(fileName, text);
  if (saved === undefined) throw new KubectlError(`unable to launch the editor "${call.environment.env.KUBE_EDITOR ?? call.environment.env.EDITOR ?? 'vi'}"`);
  return saved;
}

async function stored(call: Call, fileName: string, text: string): Promise<string> {
  const path = `/tmp/${fileName}`;
  await call.environment.files.write(path, text);
  return path;
}

function gaveUp(path: string): PlainError {
  return new PlainError(`A copy of your changes has been stored to "${path}"\nerror: Edit cancelled, no valid changes were saved.`);
}

function textFor(objects: readonly ApiObject[], asJson: boolean, showsManagedFields: boolean): string {
  const shown = objects.map((object) => (showsManagedFields ? object : withAt(object, ['metadata', 'managedFields'], undefined)));
  const value = shown.length === 1 ? shown[0] : { apiVersion: 'v1', items: shown, kind: 'List', metadata: {} };
  return asJson ? goJsonIndented(value) : goYaml(value);
}

function withoutComments(text: string): string {
  return text.split('\n').filter((line) => !line.trimStart().startsWith('#')).join('\n');
}

async function saveChange(call: Call, info: Info, edited: ApiObject | undefined, print: (object: ApiObject) => void): Promise<void> {
  const { object: before, type } = info;
  if (!edited) throw new KubectlError('the number of objects has changed in the editor');
  if (edited.apiVersion !== before.apiVersion || edited.kind !== before.kind || edited.metadata.name !== before.metadata.name) {
    throw new KubectlError('At least one of apiVersion, kind and name was changed');
  }
  const original = withAt(before, ['metadata', 'managedFields'], undefined);
  if (isEqual(original, edited)) return;
  const typeName = typeOfKind(apiVersionOf(type), type.kind);
  const patch: Dict = typeName ? diffMaps(original, edited, typeName, { setElementOrder: true }) : additionsAndDeletions(original, edited);
  if (call.flags.bool('output-patch')) call.out(`Patch: ${JSON.stringify(patch)}\n`);
  try {
    print(await patchObject(call, { ...info, subresource: call.flags.string('subresource') || undefined }, typeName ? 'strategic' : 'merge', patch));
  } catch (error) {
    throw named(error, info);
  }
}

/** Failures are told with the resource's name (`deployments.apps`), where the server gives the kind. */
function named(error: unknown, { type, name }: Info): unknown {
  if (!(error instanceof StatusError)) return error;
  return new StatusError({ ...error.status, details: { ...error.status.details, kind: groupResource(type), name } });
}
