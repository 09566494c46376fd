import assert from "node:assert/strict";
import { withoutLeftovers } from "../../../src/cli/edit/editors.ts";

const has = (editor: string, program: string | undefined, expected: readonly string[]) =>
  Deno.test(`"${editor}" leaves nothing behind${program ? `, as ${program}` : ""}`, () => {
    const { args } = withoutLeftovers(editor.split(" "), program);
    for (const each of expected) {
      assert.ok(args.some((arg) => arg.includes(each)), `${each} is not in ${args.join(" ")}`);
    }
  });
has("vim", undefined, ["NONE", "-n", "noswapfile", "noundofile", "nowritebackup", "viminfo="]);
has("vi", "/usr/bin/vim.basic", ["NONE", "noundofile"]);
has("nvim -R", undefined, ["shada=", "-R"]);
has("gvim", undefined, ["-f", "noswapfile"]);
has("emacs -nw", undefined, ["-nw", "make-backup-files nil", "auto-save-default nil"]);
has("nano", undefined, ["--ignorercfiles"]);
has("code", undefined, ["--wait"]);

Deno.test("an editor that is told to wait is not told twice", () => {
  assert.deepEqual(withoutLeftovers(["code", "-w"]).args, ["-w"]);
});

Deno.test("an editor that nobody knows is started as it was given", () => {
  assert.deepEqual(withoutLeftovers(["hx", "-v"]), { command: "hx", args: ["-v"] });
});
