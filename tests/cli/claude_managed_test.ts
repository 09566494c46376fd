import assert from "node:assert/strict";
import { planConfigure } from "../../src/claude/configure.ts";
import { changeableFiles } from "../../src/cli/claude/files.ts";
import { deviations } from "../../src/cli/claude/outcome.ts";
import { managedRemarks } from "../../src/cli/claude/propose.ts";
import type { Context } from "../../src/cli/command.ts";
import { temporaryHome } from "../support/home.ts";

Deno.test("managed settings are reported with file and line, and are no candidates for a change", async () => {
  await using home = await temporaryHome({
    "managed/managed-settings.json":
      `{\n  "env": {\n    "AWS_REGION": "eu-west-1",\n    "AWS_SECRET_ACCESS_KEY": "x"\n  }\n}`,
    "managed/managed-settings.d/10.json": `{\n  "awsCredentialExport": "corp-login"\n}`,
  });
  const context = {
    env: { HOME: home.path },
    cwd: home.path,
    mountinfo: undefined,
    managedFolder: `${home.path}/managed`,
  } as unknown as Context;
  const files = await changeableFiles(context);
  assert.deepEqual(files.map(({ scope }) => scope), ["local", "user"]);
  const wishes = { command: "ours", region: "us-east-1", deny: [] };
  const configuration = planConfigure(files, wishes, {
    scope: "user",
    keeps: () => false,
    discard: false,
  });
  assert.deepEqual(
    deviations(context, files, configuration, wishes).map(({ what, where }) => [what, where]),
    [
      ["key", `~/managed/managed-settings.d/10.json:2 sets awsCredentialExport`],
      ["region", `~/managed/managed-settings.json:3 sets env.AWS_REGION`],
    ],
  );

  assert.deepEqual(managedRemarks(context).map((remark) => remark.kind), [
    "managed",
    "managed",
    "kept credential",
  ]);
});
