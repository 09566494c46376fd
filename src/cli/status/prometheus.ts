import { states } from "../../status/judge.ts";
import type { Report, Row } from "./report.ts";

/** A metric, and how it is drawn from credentials. */
interface Family {
  readonly name: string;
  readonly help: string;
  samples(rows: readonly Row[], report: Report): Sample[];
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

const seconds = (at: Temporal.Instant) => Math.floor(at.epochMilliseconds / 1000);

const families: readonly Family[] = [
  {
    name: "credsmith_credential_state",
    help: "Whether a credential is in this state: 1 for the one that it is in, else 0.",
    samples: (rows) =>
      rows.flatMap((row) =>
        states.map((state): Sample => [
          { ...labelsOf(row), state },
          row.state === state ? 1 : 0,
        ])
      ),
  },
  {
    name: "credsmith_credential_age_seconds",
    help: "How long ago the access key was made, by IAM.",
    samples: (rows, { at }) =>
      rows.flatMap((row): Sample[] =>
        row.created ? [[labelsOf(row), Math.max(0, seconds(at) - seconds(row.created))]] : []
      ),
  },
  {
    name: "credsmith_credential_rotate_by_timestamp_seconds",
    help: "When the access key is to be replaced at the latest.",
    samples: (rows) =>
      rows.flatMap((row): Sample[] => row.rotateBy ? [[labelsOf(row), seconds(row.rotateBy)]] : []),
  },
  {
    name: "credsmith_credential_expires_timestamp_seconds",
    help: "When the credential, or the session that is cached for it, ends.",
    samples: (rows) =>
      rows.flatMap((row): Sample[] => row.expires ? [[labelsOf(row), seconds(row.expires)]] : []),
  },
  {
    name: "credsmith_file_opens",
    help: "Whether the secrets file opens on this machine.",
    samples: (_, { files, failed }) => [
      ...files.map(({ shown, closed }): Sample => [{ file: shown }, closed ? 0 : 1]),
      ...failed.map(({ file }): Sample => [{ file }, 0]),
    ],
  },
  {
    name: "credsmith_status_aws_asked",
    help: "Whether AWS was asked.",
    samples: (_, { asked }) => [[{}, asked === "yes" ? 1 : 0]],
  },
  {
    name: "credsmith_status_timestamp_seconds",
    help: "When this was written.",
    samples: (_, { at }) => [[{}, seconds(at)]],
  },
];

/** No key id: a rotation would begin another series. */
function labelsOf({ file, profile, kind }: Row): Readonly<Record<string, string>> {
  return { file, profile, kind };
}

/**
 * A report in Prometheus's text format, version 0.0.4, as node_exporter's textfile collector takes
 * it.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function exposition(report: Report): string {
  const lines = families.flatMap(({ name, help, samples }) => {
    const found = unique(samples(report.rows, report));
    if (found.length === 0) return [];
    return [
      `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
      `# TYPE ${name} gauge`,
      ...found.map(([labels, value]) => `${name}${labelText(labels)} ${value}`),
    ];
  });
  return `${lines.join("\n")}\n`;
}

/** One sample for each set of labels: the same file may have been named twice. */
function unique(samples: readonly Sample[]): Sample[] {
  const found = new Map<string, Sample>();
  for (const sample of samples) {
    const key = labelText(sample[0]);
    if (!found.has(key)) found.set(key, sample);
  }
  return [...found.values()];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length ? `{${pairs.join(",")}}` : "";
}

function escaped(value: string): string {
  return value.toWellFormed().replace(
    /[\\"\n]/g,
    (character) => character === "\n" ? "\\n" : `\\${character}`,
  );
}
