/** A setting of `~/.aws/config` with the place that it comes from. */
export interface ConfigSetting {
  readonly value: string;
  /** The file as it was named. */
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
}

/** `~/.aws/config`, as far as anything here reads it. */
export interface AwsConfig {
  /** By section (`default`, `profile work`, `services local`), then by name. */
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, ConfigSetting>>;
}

/**
 * Reads an AWS configuration file. A setting of a nested block is named `sts.endpoint_url`. What
 * cannot be understood is passed over, as the SDKs do.
 *
 * @param file its name, for messages
 * @see AWS SDKs and Tools Reference Guide, "Shared config and credentials files"
 */
export function parseAwsConfig(text: string, file: string): AwsConfig {
  const sections = new Map<string, Map<string, ConfigSetting>>();
  let section: Map<string, ConfigSetting> | undefined;
  let block: string | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (/^\s*([#;]|$)/.test(raw)) continue;
    const [, heading] = raw.match(/^\s*\[([^\]]*)\]/) ?? [];
    if (heading !== undefined) {
      const name = heading.trim().replace(/\s+/g, " ").replace(/^profile default$/, "default");
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      block = undefined;
      continue;
    }
    const [, indent = "", name, rest = ""] = raw.match(/^(\s*)([^=\s]+)\s*=\s*(.*)$/) ?? [];
    if (section === undefined || name === undefined) continue;
    const value = rest.replace(/\s[#;].*$/, "").trim();
    if (indent === "") block = value === "" ? name : undefined;
    const full = indent !== "" && block !== undefined ? `${block}.${name}` : name;
    if (value !== "") section.set(full.toLowerCase(), { value, file, line: index + 1 });
  }
  return { sections };
}

/** @returns the settings of an AWS profile; none where there is no such profile */
export function awsProfile(
  config: AwsConfig | undefined,
  name: string,
): ReadonlyMap<string, ConfigSetting> {
  const key = name === "default" ? "default" : `profile ${name}`;
  return config?.sections.get(key) ?? new Map();
}
