import type { Plan } from "../plan.ts";

/** A word in single quotes, as every Bourne shell reads it. The text has no NUL. */
export function bourneQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A word in single quotes, as fish reads it. */
export function fishQuote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** What a person can do when a secret file is missing. */
export function remedy(plan: Plan): string {
  return plan.directory.endsWith("/credsmith/secrets")
    ? "credsmith unlock"
    : "credsmith verify --offline says why";
}

/** The loader's own words, for its messages. */
export function usage(plan: Plan): string {
  const profiles = plan.profiles.map((profile) => profile.name).join(", ");
  return `profiles: ${profiles}; options: --unload, --quiet`;
}
