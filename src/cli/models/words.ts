import type { ModelRow } from "../../aws/model_list.ts";
import { shellQuote } from "../../platform/command_line.ts";

/** How far a model's life has come, where that is worth a line; else nothing. */
export function lifeText({ ending, lifecycle }: ModelRow, at: Temporal.Instant): string {
  if (ending === undefined || lifecycle === undefined) return "";
  const { endOfLife, legacyFrom } = lifecycle;
  const day = (time: Temporal.Instant) => time.toString().slice(0, 10);
  const days = (time: Temporal.Instant) =>
    `${Math.ceil((time.epochMilliseconds - at.epochMilliseconds) / 86_400_000)} d`;
  if (ending === "ended") return `ended ${day(endOfLife!)}`;
  const ends = endOfLife ? `ends ${day(endOfLife)}, in ${days(endOfLife)}` : "";
  if (ending === "legacy") return ends ? `legacy, ${ends}` : "legacy";
  const legacy = legacyFrom ? `legacy from ${day(legacyFrom)}, in ${days(legacyFrom)}` : "";
  return [legacy, ends].filter((part) => part).join(", ");
}

/** The command that pins a model. */
export function pinCommand(
  model: string,
  about: { readonly small?: boolean; readonly profile: string; readonly file?: string },
): string {
  const { small, profile, file } = about;
  const words = ["credsmith", "models", "pin", ...(file ? ["-f", shellQuote(file)] : [])];
  if (small) words.push("--small");
  words.push(shellQuote(model));
  if (profile !== "default") words.push(...(small ? ["--profile", profile] : [profile]));
  return words.join(" ");
}
