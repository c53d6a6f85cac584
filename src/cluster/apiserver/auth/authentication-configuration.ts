/** --authentication-config: where whoever shows nothing may come in. Its `jwt` issuers are read and not asked. */
import { parse, YAMLParseError } from 'yaml';

const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);

/** What kube-apiserver logs before it exits. */
export class AuthenticationConfigurationError extends Error {
  override readonly name = 'AuthenticationConfigurationError';
}

/** Whether a request without credentials is let in (as system:anonymous) at a path. */
export type AnonymousAccess = (path: string) => boolean;

interface File { apiVersion?: string; kind?: string; jwt?: unknown[]; anonymous?: { enabled?: boolean; conditions?: { path?: string }[] } }

/** What the file says about anonymous requests, undefined when nothing. Throws AuthenticationConfigurationError. */
export function parseAuthenticationConfiguration(text: string, path: string, isFlagSet: boolean): AnonymousAccess | undefined {
  const { apiVersion, kind, anonymous } = readFile(text, path);
  if (kind !== 'AuthenticationConfiguration' || !VERSIONS.includes(apiVersion ?? '')) throw new AuthenticationConfigurationError(`failed to load authentication configuration from file ${JSON.stringify(path)}: no kind ${JSON.stringify(kind ?? '')} is registered for version ${JSON.stringify(apiVersion ?? '')} in scheme "k8s.io/apiserver/pkg/apis/apiserver/install/install.go"`);
  if (!anonymous) return undefined;
  if (isFlagSet) throw new AuthenticationConfigurationError('--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file');
  const { enabled = false, conditions = [] } = anonymous;
  if (!enabled && conditions.length > 0) throw new AuthenticationConfigurationError('authentication configuration: anonymous.conditions: Invalid value: "": enabled should be set to true when conditions are defined');
  const paths = conditions.map((condition) => condition.path ?? '');
  return (asked) => enabled && (paths.length === 0 || paths.includes(asked));
}

function readFile(text: string, path: string): File {
  try {
    return parse(text) as File ?? {}; // cast: each field is compared before it is used
  } catch (error) {
    if (error instanceof YAMLParseError) throw new AuthenticationConfigurationError(`failed to load authentication configuration from file ${JSON.stringify(path)}: ${error.message}`, { cause: error });
    throw error;
  }
}
