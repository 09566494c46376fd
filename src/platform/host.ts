/** @returns the name of this machine, for people; `this-host` where the system does not tell */
export function hostName(): string {
  try {
    return Deno.hostname() || "this-host";
  } catch {
    return "this-host";
  }
}
