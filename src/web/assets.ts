/** Files of ours as the browser gets them. */
export interface Assets {
  /** The address of a file, with its fingerprint, so that it may be kept for ever. */
  asset(name: string): string;
  /** The routes at which `answer` is asked. */
  readonly paths: readonly string[];
  answer(request: Request): Response;
}
