/** The shells that can complete. */
export type CompletedShell = "bash" | "zsh" | "fish";

/**
 * The script that makes a shell complete `credsmith`. It asks the hidden verb `__complete` at each
 * Tab, so it does not age; where that has no answer, file names are offered.
 */
export const completionScripts: Readonly<Record<CompletedShell, string>> = {
  bash: `# credsmith in bash: source this, or keep it in
# \${XDG_DATA_HOME:-~/.local/share}/bash-completion/completions/credsmith
_credsmith() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(credsmith __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _credsmith credsmith
`,
  zsh: `#compdef credsmith
# credsmith in zsh: source this after compinit, or keep it as _credsmith in a folder of $fpath
_credsmith() {
  local -a described
  local line name
  for line in \${(f)"$(credsmith __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
    name=\${line%%$'\\t'*}
    described+=("\${name//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#described} )); then
    _describe credsmith described
  else
    _files
  fi
}
if [[ \${funcstack[1]} = _credsmith ]]; then
  _credsmith "$@"
else
  compdef _credsmith credsmith
fi
`,
  fish: `# credsmith in fish: keep this as ~/.config/fish/completions/credsmith.fish
function __credsmith_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    credsmith __complete $words[2..-1] "$token" 2>/dev/null
end
complete -c credsmith -n 'test (count (commandline -opc)) -lt 2' -f -a '(__credsmith_complete)'
complete -c credsmith -n 'test (count (commandline -opc)) -ge 2' -a '(__credsmith_complete)'
`,
};
