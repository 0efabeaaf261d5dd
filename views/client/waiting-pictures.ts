import type { Unsent } from "./outbox.ts";
import { forgetFile } from "./picture-files.ts";
import type { Chosen } from "./picture-preview.ts";
import type { Uploads } from "./uploads.ts";

/** What an outbox does with the pictures that wait on this device. What brings them comes once there are any. */
export function fromHere(uploads: () => Promise<Uploads>) {
  return {
    bring: async ({ key }: Chosen): Promise<{ readonly id: string }> => (await uploads()).bringKept(key),
    left: ({ pictures = [] }: Unsent): void => {
      for (const { key } of pictures) void forgetFile(key);
    },
  };
}
