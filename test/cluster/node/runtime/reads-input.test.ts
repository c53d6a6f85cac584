import { expect, test } from 'vitest';
import { readsInput } from '../../../../src/cluster/node/runtime/shell/reads-input.ts';

test.each([
  'cat', 'cat > /tmp/f', 'cat -', 'sh', 'sh -e', 'head -n 1', 'grep -c foo', 'sed s/a/b/', "awk '{print $1}'", 'tr a-z A-Z', 'tee /f', 'tar xmf - -C /', 'while read line; do echo "$line"; done', 'echo begin; cat; exit 3',
  'X=1 cat', 'if read -r a; then echo $a; fi', 'sort -k 2 | head -3', '/bin/cat', 'sleep 1 && wc -l', '(cat)', 'xargs rm', 'cat >> /f 2>&1',
])('%s reads its input', (script) => expect(readsInput(script)).toBe(true));

test.each([
  'ls /', 'cat /etc/hosts', "echo 'cat'", 'echo "read this"', 'ps | grep nginx', 'env', 'grep foo /etc/hosts', 'cat < /etc/hosts', 'cat <<EOF\nx\nEOF', 'curl -s web | head -n 1', 'tar cf - /etc', 'nginx -s reload', 'tail -n 3 /var/log/x',
  'sleep 1; echo late', 'sort -k 2 /f', 'ls # cat', 'wget -qO- web', 'hostname', 'for i in 1 2; do echo $i; done', '',
])('%s does not', (script) => expect(readsInput(script)).toBe(false));
