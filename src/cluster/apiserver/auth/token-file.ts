/** --token-auth-file: lines of `token,user,uid,"group1,group2"`. */
import type { UserInfo } from './user-info.ts';

/** Token to user; lines with too few columns are passed over, as upstream does. */
export function tokenFile(text: string): ReadonlyMap<string, UserInfo> {
  const users = new Map<string, UserInfo>();
  for (const line of text.split('\n')) {
    const [token = '', username = '', uid = '', groups = ''] = [...line.trim().matchAll(/"([^"]*)"|([^,]+)/g)].map(([, quoted, plain]) => (quoted ?? plain ?? '').trim());
    if (token && username && uid) users.set(token, { username, uid, groups: groups.split(',').filter(Boolean) });
  }
  return users;
}
