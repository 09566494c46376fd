/** The VM tests cannot run here; that they evaluate, and that their scripts are Python, is seen. */
import assert from "node:assert/strict";
import { evalJson } from "../support/nix.ts";
import { peerTest } from "../support/peers.ts";

interface Scenario {
  readonly script: string;
  readonly nodes: Readonly<
    Record<string, { readonly failed: readonly string[]; readonly secrets: readonly string[] }>
  >;
}

/** Parses each script, and names what it uses that nobody defines. */
const checker = `
import ast, builtins, json, sys
known = set(dir(builtins)) | {"start_all", "subtest"}
answer = {}
for name, scenario in json.load(sys.stdin).items():
    tree = ast.parse(scenario["script"], name)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    stored |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    answer[name] = sorted(used - stored - known - set(scenario["nodes"]))
print(json.dumps(answer))
`;

peerTest(["nix", "python3", "linux"], "VM tests: nodes evaluate, scripts parse", async () => {
  const scenarios = await evalJson<Record<string, Scenario>>("tests/nix/vm/evaluate.nix");
  assert.deepEqual(Object.keys(scenarios), [
    "default",
    "home-manager",
    "missing-key",
    "profiles",
    "rotation",
    "service",
    "users",
  ]);
  for (const [name, { nodes }] of Object.entries(scenarios)) {
    for (const [node, { failed, secrets }] of Object.entries(nodes)) {
      assert.deepEqual(failed, [], `${name}, ${node}`);
      assert.ok(secrets.length > 0 || name === "home-manager", `${name}, ${node}`);
    }
  }
  const python = new Deno.Command("python3", {
    args: ["-c", checker],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = python.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(scenarios)));
  await writer.close();
  const { stdout } = await python.output();
  const unknown = JSON.parse(new TextDecoder().decode(stdout));
  assert.deepEqual(unknown, Object.fromEntries(Object.keys(scenarios).map((name) => [name, []])));
});
