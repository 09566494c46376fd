/** How sops-install-secrets was called. */
export interface InstallArguments {
  /** All but the manifest, as they were given. */
  readonly flags: readonly string[];
  readonly manifest: string;
  /** Whether something is to be installed, rather than only checked. */
  readonly installs: boolean;
}

/**
 * Reads the arguments of sops-install-secrets, as Go's `flag` does.
 *
 * @returns nothing for what it would refuse itself
 */
export function parseInstallArguments(args: readonly string[]): InstallArguments | undefined {
  const flags: string[] = [];
  let checkMode = "off";
  let at = 0;
  for (; at < args.length && args[at]!.startsWith("-") && args[at] !== "-"; at++) {
    const arg = args[at]!;
    flags.push(arg);
    if (arg === "--") {
      at++;
      break;
    }
    const [, name, value] = arg.match(/^--?([\w-]+)(?:=(.*))?$/s) ?? [];
    if (name === "ignore-passwd") continue;
    if (name !== "check-mode") return undefined;
    if (value !== undefined) checkMode = value;
    else {
      checkMode = args[++at] ?? "";
      flags.push(checkMode);
    }
  }
  const [manifest, ...more] = args.slice(at);
  if (manifest === undefined || more.length > 0) return undefined;
  return { flags, manifest, installs: checkMode === "off" };
}

/** What tells a boot from a switch to another configuration. */
export interface Surroundings {
  /** `NIXOS_ACTION`, which switch-to-configuration sets for activation scripts. */
  readonly action: string | undefined;
  /** The generation of secrets that is there. */
  readonly generation: string | undefined;
  /** The generation that was installed with something left out. */
  readonly degraded: string | undefined;
  /** Where `/run/booted-system` and `/run/current-system` lead. */
  readonly bootedSystem: string | undefined;
  readonly currentSystem: string | undefined;
}

/**
 * Whether it is for us to install what can be installed. A switch is to fail and leave the
 * generation before as it is: somebody is there to see it. At boot nothing is there yet.
 *
 * An activation script is told that it is a switch. A unit is not: there a system that is not the
 * one that was booted tells it, and otherwise a generation that is whole. What was installed with
 * something left out may be replaced by the same of now, when the unit is started once more.
 */
export function isBoot(of: Surroundings): boolean {
  if (of.action) return false;
  if (of.generation !== undefined && of.generation !== of.degraded) return false;
  return of.bootedSystem === undefined || of.bootedSystem === of.currentSystem;
}
