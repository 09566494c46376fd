import assert from "node:assert/strict";
import { allShells, secretFiles, shellTest } from "./support.ts";

shellTest(allShells, "loading, switching and unloading start no process", async (shell) => {
  await using secrets = secretFiles({ id: "A", secret: "S", token: "T" });
  const file = secrets.loader(shell, {
    unset: ["AWS_PROFILE"],
    profiles: {
      default: { files: { ID: "id", SECRET: "secret", TOKEN: "token" }, optional: ["TOKEN"] },
      other: { files: { ID: "id" }, constants: { FLAG: "1" } },
      broken: { files: { ID: "missing" } },
    },
  });
  const words = ["", "other", "", "--quiet", "broken", "nonesuch", "--unload"];
  const lines = words.map((each) => secrets.source(shell, file, each));
  const starts = async (script: readonly string[]) => {
    const log = `${secrets.path}/strace`;
    const under = ["strace", "-f", "-qq", "-o", log, "-e", "trace=process"];
    await secrets.run(shell, script.join("\n"), { under });
    return Deno.readTextFileSync(log).split("\n").filter((line) =>
      /\b(fork|vfork|clone3?|execve)\(/.test(line) && !line.includes("CLONE_THREAD")
    );
  };
  // The shell itself.
  assert.equal((await starts([":"])).length, 1);
  assert.equal((await starts(lines)).length, 1);
  const fork = shell.name === "fish" ? "set x (env)" : "x=$(env)";
  assert.ok((await starts([fork])).length > 1, "a process that is started is seen");
}, ["strace"]);
