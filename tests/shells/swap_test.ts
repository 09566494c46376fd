import assert from "node:assert/strict";
import { allShells, secretFiles, shellTest, showEnvironment } from "./support.ts";

// A pipe among the secret files stops the loader in the middle of its reading.
for (const removal of ["stays", "is removed"]) {
  shellTest(
    allShells,
    `the folder is swapped while it is read, the old one ${removal}`,
    async (shell) => {
      await using secrets = secretFiles({ a: "1a", c: "1c" });
      secrets.generation("2", { a: "2a", b: "2b", c: "2c" });
      const pipe = `${secrets.path}/1/b`;
      await new Deno.Command("mkfifo", { args: [pipe] }).output();
      const file = secrets.loader(shell, {
        profiles: { default: { files: { A: "a", B: "b", C: "c" } } },
      });
      const script = `${secrets.source(shell, file, "--quiet")}\n${showEnvironment}`;
      const running = secrets.run(shell, script);
      // Opening it for writing waits until the loader has opened it for reading.
      const writer = await Deno.open(pipe, { write: true });
      secrets.swap("2");
      if (removal === "is removed") Deno.removeSync(`${secrets.path}/1`, { recursive: true });
      await writer.write(new TextEncoder().encode("1b"));
      writer.close();
      const { exported, stderr } = await running;
      // What fish itself says of a file that is gone between two looks is not ours to silence.
      assert.equal(shell.name === "fish" ? stderr.replace(/^warning: .*\n/gm, "") : stderr, "");
      const loaded = ["A", "B", "C"].map((name) => exported.get(name)).join(" ");
      const whole = removal === "stays" ? ["1a 1b 1c", "2a 2b 2c"] : ["2a 2b 2c"];
      assert.ok(whole.includes(loaded), `mixed: ${loaded}`);
    },
    ["linux"],
  );
}
