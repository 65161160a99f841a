import { dn as showValue, vr as listAllowed, xi as SettingsError } from "./measuring.js";
import { ft as splitArguments } from "./plateau.js";
// src/commands/completion.ts
const SHELLS = [
	"bash",
	"zsh",
	"fish"
];
const COMPLETION_HELP = {
	summary: "Writes the script by which a shell completes commands, settings and their words",
	words: SHELLS.join("|"),
	examples: [
		"plateau completion bash > ~/.local/share/bash-completion/completions/plateau",
		"plateau completion zsh > ~/.zfunc/_plateau",
		"plateau completion fish > ~/.config/fish/completions/plateau.fish"
	]
};
function completionCommand(argv, { output }, commands) {
	const { words } = splitArguments({}, argv);
	const shell = SHELLS.find((each) => words.length === 1 && each === words[0]);
	if (shell === void 0) {
		const given = words.join(" ");
		const message = `must be one of ${listAllowed(given, SHELLS)}, as in plateau completion bash`;
		throw new SettingsError([{
			setting: "shell",
			given: words.length === 0 ? null : showValue(given),
			message
		}]);
	}
	output.json(renderCompletion(shell, commands));
	return 0;
}
function renderCompletion(shell, commands) {
	switch (shell) {
		case "bash": return renderBash(commands);
		case "zsh": return renderZsh(commands);
		case "fish": return renderFish(commands);
	}
}
function wordsOf({ read, switch: isSwitch }) {
	if (isSwitch === true) return ["true", "false"];
	return "words" in read ? read.words : [];
}
function isPath({ placeholder }) {
	return /FILE|PATH|FOLDER|PLACE/.test(placeholder);
}
function listBashValues(commands) {
	const offers = commands.flatMap(({ help, settings }) => Object.values(settings).map((setting) => ({
		command: help.name,
		flag: `--${setting.name}`,
		offer: offer(setting)
	})));
	return [...Map.groupBy(offers, ({ flag }) => flag).values()].flatMap((same) => same.every(({ offer }) => offer === same[0].offer) ? [`    *' ${same[0].flag}') ${same[0].offer} ;;`] : same.map(({ command, flag, offer }) => `    '${command} ${flag}') ${offer} ;;`));
}
function offer(setting) {
	const words = wordsOf(setting);
	return words.length > 0 ? `words='${words.join(" ")}'` : isPath(setting) ? "files=1" : "words=";
}
function takesFiles({ help }) {
	return help.words !== void 0 && !takesShell({ help });
}
function takesShell({ help }) {
	return help.words === SHELLS.join("|");
}
function renderBash(commands) {
	const flags = commands.map(({ help, settings }) => `    ${help.name}) flags='${Object.values(settings).map(({ name }) => `--${name}`).join(" ")}' ;;`);
	return `# plateau completion bash: eval "$(plateau completion bash)" in ~/.bashrc
_plateau() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" flags='' words='' files='' file='' value=1
  # Bash takes the sign between a flag and its value for a word.
  [ "$current" = = ] && current='' || { [ "$before" = = ] && before="\${COMP_WORDS[COMP_CWORD-2]}"; }
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ] || { [ "$COMP_CWORD" -eq 2 ] && [ "$before" = help ]; }; then
    COMPREPLY=($(compgen -W '${[
		...commands.map(({ help }) => help.name),
		"help",
		"--version",
		"--help"
	].join(" ")}' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${flags.join("\n")}
  esac
  case "\${COMP_WORDS[1]} $before" in
${listBashValues(commands).join("\n")}
    *) value='' ;;
  esac
  if [ -z "$value" ]; then
    case "\${COMP_WORDS[1]}" in
    ${commands.filter(takesShell).map(({ help }) => help.name)[0] ?? "-"}) words='${SHELLS.join(" ")}' ;;
    *) words="$flags --help" files=1 ;;
    esac
    case "$current" in -*) files='' ;; esac
  fi
  [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$current"))
  # Line by line: the name of a file may hold spaces and stars.
  [ -n "$files" ] && while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$current")
  return 0
}
complete -o filenames -F _plateau plateau
`;
}
function renderZsh(commands) {
	const quote = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
	const escapeForZsh = (text) => text.replaceAll(/[[\]:\\]/g, String.raw`\$&`);
	const describeValue = (setting) => {
		const words = wordsOf(setting);
		const action = words.length > 0 ? `(${words.join(" ")})` : isPath(setting) ? "_files" : " ";
		return setting.switch === true ? "" : `:${escapeForZsh(setting.placeholder)}:${action}`;
	};
	const cases = commands.map((command) => {
		const specs = Object.values(command.settings).map((setting) => quote(`*--${setting.name}${setting.switch === true ? "" : "="}[${escapeForZsh(setting.help)}]${describeValue(setting)}`));
		const rest = takesShell(command) ? [quote(`:shell:(${SHELLS.join(" ")})`)] : takesFiles(command) ? [quote("*:file:_files")] : [];
		return `    ${command.help.name}) _arguments ${[...specs, ...rest].join(" ")} ;;`;
	});
	return `#compdef plateau
# plateau completion zsh > "\${fpath[1]}/_plateau"
_plateau() {
  local -a commands
  commands=(${commands.map(({ help }) => quote(`${help.name}:${escapeForZsh(help.summary)}`)).join(" ")})
  if (( CURRENT == 2 )) || [[ $words[2] == help ]]; then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join("\n")}
  esac
}
compdef _plateau plateau
`;
}
function renderFish(commands) {
	const quote = (text) => `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
	return [
		"# plateau completion fish > ~/.config/fish/completions/plateau.fish",
		...commands.flatMap((command) => {
			const { help, settings } = command;
			const within = `complete -c plateau -n '__fish_seen_subcommand_from ${help.name}'`;
			return [
				`complete -c plateau -n __fish_use_subcommand -f -a ${help.name} -d ${quote(help.summary)}`,
				...takesShell(command) ? [`${within} -f -a ${quote(SHELLS.join(" "))}`] : [],
				...help.words === void 0 ? [`${within} -f`] : [],
				...Object.values(settings).map((setting) => {
					const words = wordsOf(setting);
					const value = setting.switch === true ? "" : words.length > 0 ? ` -x -a ${quote(words.join(" "))}` : isPath(setting) ? " -r -F" : " -x";
					return `${within} -l ${setting.name}${value} -d ${quote(setting.help)}`;
				})
			];
		}),
		""
	].join("\n");
}
export { COMPLETION_HELP, completionCommand };
