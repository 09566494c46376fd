/**
 * `verify` against the stand-in at 50 ms a response: how many answers it waits for one after
 * another (at most 3), and what the waiting adds to the whole process.
 */
import { type Settings, startStandin } from "../tests/support/aws/standin.ts";
import { temporaryHome } from "../tests/support/home.ts";
import { exampleText, homeWithSecrets } from "../tests/support/sops_file.ts";
import { median } from "./measure.ts";

const rounds = 7;
const latency = 50;
const model = "anthropic.claude-sonnet-4-6";
const cases: readonly (readonly [name: string, settings: Settings, text: string])[] = [
  ["a good key", {}, exampleText],
  ["no model pinned", {}, exampleText.replace(/bedrock:\n(?: .*\n)*/, "")],
  ["a wrong clock", { clockOffset: 1200 }, exampleText],
  [
    "a wrong clock, and a model that wants 16 tokens",
    { clockOffset: 1200, models: [{ id: model, minTokens: 16 }] },
    exampleText,
  ],
];

console.log(`  ${"".padEnd(50)}deep  requests  at 0 ms  at ${latency} ms`);
for (const [name, settings, text] of cases) {
  await using home = await temporaryHome(await homeWithSecrets({ text }));
  await Deno.chmod(`${home.path}/.config/sops/age/keys.txt`, 0o600);
  await using standin = startStandin();
  const run = async (latency: number): Promise<number> => {
    standin.set({ reset: true, ...settings, latency });
    const begun = performance.now();
    await home.run(["verify", "--json"], { env: standin.env });
    return performance.now() - begun;
  };
  const times: [number, number][] = [];
  for (let round = 0; round < rounds; round++) times.push([await run(0), await run(latency)]);
  const [without, with_] = [0, 1].map((index) => median(times.map((pair) => pair[index]!)));
  // The last run's log; requests that are held together for a moment count as side by side.
  standin.set({ reset: true, ...settings, latency, batch: 150 });
  await home.run(["verify", "--json"], { env: standin.env });
  const columns = [
    String(standin.depth()).padStart(4),
    String(standin.log.length).padStart(8),
    `${Math.round(without!)} ms`.padStart(9),
    `${Math.round(with_!)} ms`.padStart(10),
  ];
  console.log(`  ${name.padEnd(50)}${columns.join("")}`);
}
