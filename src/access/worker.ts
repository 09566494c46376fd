/** A thread of `Crew`. What the process gives up is given up here as well. */
import { answerTasks } from "../platform/workers.ts";
import { ageGroup } from "../sops/document.ts";
import { parseIdentities } from "../sops/keys/identity.ts";
import { loadNative } from "../sops/native.ts";
import type { Answers, CrewSetup, SentTask, SentTasks } from "./crew.ts";
import { workOut } from "./work_out.ts";

answerTasks(async ({ identities }: CrewSetup) => {
  await loadNative();
  const tools = { identities: parseIdentities(identities.join("\n"), "thread") };
  return async ({ tasks, now }: SentTasks): Promise<Answers> => {
    const answers: (Uint8Array<ArrayBuffer> | true | undefined)[] = [];
    for (const task of tasks) {
      answers.push(await answerTo(task, tools, Temporal.Instant.from(now)));
    }
    return answers;
  };
});

async function answerTo(
  { groups, shamirThreshold, ...task }: SentTask,
  tools: Parameters<typeof workOut>[1],
  now: Temporal.Instant,
): Promise<Uint8Array<ArrayBuffer> | true | undefined> {
  const keys = {
    groups: groups.map(ageGroup),
    ...(shamirThreshold === undefined ? {} : { shamirThreshold }),
  };
  try {
    const bytes = await workOut({ ...task, keys }, tools, now);
    return task.step === "verify" ? true : bytes;
  } catch {
    return undefined;
  }
}
