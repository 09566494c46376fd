import { baseName } from "../../platform/paths.ts";
/** An editor's command line, with what it would leave behind turned off. */
export interface EditorCommand {
  readonly command: string;
  /** Without the file, which comes last. */
  readonly args: readonly string[];
  /** What cannot be turned off from here, for the person. */
  readonly warning?: string;
}

/** Each on its own, because vim stops at the first setting that its build does not know. */
const vimSettings = [
  "nobackup",
  "nowritebackup",
  "noswapfile",
  "noundofile",
  "viminfo=",
].map((setting) => `silent! set ${setting}`).join(" | ");

const nvimSettings = vimSettings.replace("viminfo=", "shada=");

const emacsSettings = "(setq make-backup-files nil auto-save-default nil create-lockfiles nil " +
  "auto-save-list-file-prefix nil)";

/**
 * Turns off the copies that an editor keeps: swap files, backups, undo files, histories. The file
 * itself lies in memory, but these copies could lie in the home folder, on a disk.
 *
 * @param words the editor's command line as the user gave it, at least one word
 * @param program where that command leads through links (`vi` is often vim); only its name counts
 */
export function withoutLeftovers(
  words: readonly string[],
  program: string = words[0] ?? "",
): EditorCommand {
  const [command = "", ...args] = words;
  const name = baseName(program).replace(/^vim\..*$/, "vim");
  switch (name) {
    case "vim":
    case "nvim": {
      const settings = name === "vim" ? vimSettings : nvimSettings;
      // Before the user's own settings, so that nothing is kept while they load, and after them.
      return {
        command,
        args: ["-n", "-i", "NONE", "--cmd", settings, ...args, "-c", settings],
      };
    }
    case "gvim":
    case "mvim":
      // Without -f it would return at once, while the window is still open.
      return withoutLeftovers([command, "-f", ...args], "vim");
    case "emacs":
    case "emacs-nox":
    case "emacs-gtk":
      return { command, args: [...args, "--eval", emacsSettings] };
    case "emacsclient":
      return { command, args, warning: "emacsclient: backups are made as its server is set up" };
    case "nano":
      // The only way to be rid of "set backup" and "set historylog" in the user's nanorc.
      return { command, args: ["--ignorercfiles", ...args] };
    case "micro":
      return {
        command,
        args: ["-backup", "off", "-savehistory", "off", "-saveundo", "off", ...args],
      };
    case "code":
    case "code-insiders":
    case "codium":
    case "cursor":
    case "windsurf":
      return {
        command,
        args: waiting(args),
        warning: `${name} keeps a local history of the files that it saved, on the disk, ` +
          `unless its settings have "workbench.localHistory.enabled": false`,
      };
    case "subl":
    case "zed":
    case "gedit":
      return { command, args: waiting(args) };
    default:
      return { command, args };
  }
}

function waiting(args: readonly string[]): readonly string[] {
  return args.includes("--wait") || args.includes("-w") ? args : ["--wait", ...args];
}
