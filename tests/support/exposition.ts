/** What stands in a text of Prometheus's text format, one metric after another. */
export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly { readonly labels: ReadonlyMap<string, string>; value: number }[];
}

/**
 * Reads Prometheus's text format 0.0.4, and refuses what a lenient reader would pass over: metrics
 * that are not together, a missing HELP or TYPE, labels or samples that come twice, a bad escape, a
 * last line without an end.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseExposition(text: string): Metric[] {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const metrics: {
    name: string;
    type: string;
    help: string;
    samples: Metric["samples"][number][];
  }[] = [];
  const seen = new Set<string>();
  for (const [index, line] of text.slice(0, -1).split("\n").entries()) {
    const fail = (reason: string): never => {
      throw new Error(`line ${index + 1}: ${reason}: ${line}`);
    };
    const [, help, ofHelp] = /^# HELP ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? [];
    if (help !== undefined) {
      if (metrics.some(({ name }) => name === help)) fail("HELP again");
      if (/\\[^\\n]/.test(ofHelp!.replaceAll("\\\\", ""))) fail("escape in HELP");
      metrics.push({ name: help, type: "", help: ofHelp!, samples: [] });
      continue;
    }
    const last = metrics.at(-1) ?? fail("no HELP before");
    const [, typed, type] = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/
      .exec(line) ?? [];
    if (typed !== undefined) {
      if (typed !== last.name || last.type !== "" || last.samples.length) fail("TYPE out of place");
      last.type = type!;
      continue;
    }
    const [, name, inner, value] =
      /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*)\})? (-?\d+(?:\.\d+)?)$/
        .exec(line) ?? [];
    if (name === undefined) fail("neither a comment nor a sample");
    if (name !== last.name || last.type === "") fail("a sample out of place");
    const labels = new Map<string, string>();
    for (const [, label, raw] of (inner ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      if (labels.has(label!) || label!.startsWith("__")) fail("label");
      labels.set(
        label!,
        raw!.replaceAll(/\\(.)/g, (_, character) => character === "n" ? "\n" : character),
      );
    }
    const key = JSON.stringify([name, [...labels].sort()]);
    if (seen.has(key)) fail("a sample again");
    seen.add(key);
    last.samples.push({ labels, value: Number(value) });
  }
  for (const { name, type, samples } of metrics) {
    if (type === "" || samples.length === 0) throw new Error(`${name}: no TYPE or no samples`);
  }
  return metrics;
}
