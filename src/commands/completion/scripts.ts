/** The scripts that teach a shell to ask the program at each Tab: so they know what the installed version knows. */

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Names it is known by, as in package.json. */
const NAMES = 'kube-quest kq';

/** The script for one shell. `run` is asked where the name that was typed is no program (an alias, a folder not on the PATH). */
export function scriptFor(shell: 'bash' | 'zsh' | 'fish', run: readonly string[]): string {
  return { bash, zsh, fish }[shell](run.map(quoted).join(' '));
}

const bash = (run: string): string => `# kube-quest: completion for bash. In ~/.bashrc: source <(kube-quest completion bash)
_kube_quest() {
  local line words=("\${COMP_WORDS[@]:1:COMP_CWORD}") ask=(${run})
  local current=\${COMP_WORDS[COMP_CWORD]}
  # bash parts --flag=value into three words.
  if [[ $current == = ]]; then current=; words[\${#words[@]}-1]=; fi
  type -P -- "\${COMP_WORDS[0]}" >/dev/null && ask=("\${COMP_WORDS[0]}")
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
    else COMPREPLY+=("\${line%%$'\\t'*}"); fi
  done < <("\${ask[@]}" __complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _kube_quest ${NAMES}
`;

const zsh = (run: string): string => `#compdef ${NAMES}
# kube-quest: completion for zsh. In ~/.zshrc, after compinit: source <(kube-quest completion zsh)
_kube_quest() {
  local line files=0 ask=(${run})
  local -a found
  (( $+commands[$words[1]] )) && ask=($words[1])
  for line in "\${(@f)$($ask __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then files=1
    elif [[ -n $line ]]; then found+=("\${line/$'\\t'/:}"); fi
  done
  (( $#found )) && _describe kube-quest found
  (( files )) && _files
}
if [[ $funcstack[1] == _kube_quest ]]; then _kube_quest "$@"; else compdef _kube_quest ${NAMES}; fi
`;

const fish = (run: string): string => `# kube-quest: completion for fish. In ~/.config/fish/config.fish: kube-quest completion fish | source
function __kube_quest
    set -l ask ${run}
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    type -q $words[1]; and test (type -t $words[1]) = file; and set ask $words[1]
    for line in ($ask __complete -- $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
for name in ${NAMES}
    complete -c $name -f -a '(__kube_quest)'
end
`;
