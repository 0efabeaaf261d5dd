/** Counters and gauges of this process, as OpenMetrics 1.0 text. */
export class Metrics {
  readonly #counters = new Map<string, { readonly help: string; readonly values: Map<string, number> }>();
  readonly #gauges = new Map<string, { readonly help: string; readonly read: () => number }>();

  /** A counter that begins at 0 for each of its labels, as they stand in the text: `code="1000"`. */
  counter(name: string, help: string, labels: readonly string[] = [""]): void {
    this.#counters.set(name, { help, values: new Map(labels.map((label) => [label, 0])) });
  }

  /** Adds one. Labels come only from closed lists, never from users. */
  count(name: string, labels = ""): void {
    const values = this.#counters.get(name)?.values;
    values?.set(labels, (values.get(labels) ?? 0) + 1);
  }

  gauge(name: string, help: string, read: () => number): void {
    this.#gauges.set(name, { help, read });
  }

  text(): string {
    const lines: string[] = [];
    for (const [name, { help, read }] of this.#gauges) {
      lines.push(`# TYPE ${name} gauge`, `# HELP ${name} ${help}`, `${name} ${read()}`);
    }
    for (const [name, { help, values }] of this.#counters) {
      lines.push(`# TYPE ${name} counter`, `# HELP ${name} ${help}`);
      for (const [labels, value] of values) lines.push(`${name}_total${labels && `{${labels}}`} ${value}`);
    }
    return `${lines.join("\n")}\n# EOF\n`;
  }
}
