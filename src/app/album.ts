import type { Config } from "../config.ts";
import type { Database } from "../database/open.ts";
import type { Log } from "../log.ts";
import { encodePicture } from "../pictures/encode.ts";
import { createPictureStore } from "../pictures/store.ts";
import { createPictures, type Pictures, type PicturesOptions } from "../service/pictures.ts";

interface AlbumParts extends Pick<PicturesOptions, "check" | "nowMs"> {
  readonly config: Config;
  readonly folder: string;
  readonly database: Database;
  readonly log: Log;
}

/** The pictures of a community. */
export function createAlbum({ config, folder, database, nowMs, check, log }: AlbumParts): Pictures {
  return createPictures({
    database,
    nowMs,
    limits: { bytes: config["picture-bytes"], bytesPerDay: config["picture-bytes-per-day"] },
    encode: (bytes) => encodePicture(bytes, config["picture-pixels"]),
    store: createPictureStore(folder),
    check,
    report: (error) => log.error("pictures that are not needed any more could not be removed", { error }),
  });
}
