/** Problems as SARIF 2.1.0, which editors and code hosts show beside the lines. */
import type { Problem } from '../problems.ts';
import { printable } from '../sources/safety.ts';

const RULES: Readonly<Record<string, string>> = {
  format: 'The file follows the schema, and what it refers to is there', manifest: 'Kinds and fields are spelled as the API spells them', resource: 'Checks name resources that exist',
  'text-length': 'Texts fit the screen and the patience of a player', 'dead-hint': 'Hints speak of what is there', 'hint-cost': 'Later hints cost more', 'same-solution': 'Solutions differ',
  needs: 'A level needs only what is not needed anyway', 'learn-order': 'Nothing is demanded before it was taught', 'unused-param': 'Parameters are used', exam: 'An exam\'s weights and domains add up',
  'empty-world': 'Worlds have levels', translation: 'Texts exist in every language',
};

/** One run with all problems. */
export function sarifOf(problems: readonly Problem[], version: string): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0',
    runs: [{
      tool: { driver: { name: 'kube-quest pack lint', version, rules: Object.entries(RULES).map(([id, text]) => ({ id, shortDescription: { text } })) } },
      results: problems.map(({ file, line, column, message, rule = 'format', severity = 'error' }) => ({
        ruleId: rule, level: severity, message: { text: printable(message) },
        locations: [{ physicalLocation: { artifactLocation: { uri: encodeURI(file) }, ...(line > 0 ? { region: { startLine: line, startColumn: column } } : {}) } }],
      })),
    }],
  };
}
