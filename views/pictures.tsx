import type { FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { Picture } from "../src/domain/picture.ts";
import type { RenderContext } from "./context.ts";
import { Icon } from "./parts.tsx";
import { paths } from "./paths.ts";
import { shownSize } from "./picture-size.ts";
import { text } from "./text.ts";

/**
 * The pictures of a message. Their room is known before they are there, so that nothing moves when they come. Each leads
 * to its large form; the script shows that without leaving the page.
 */
export const Pictures: FC<{ language: Language; pictures: readonly Picture[] }> = ({ language, pictures }) => {
  if (pictures.length === 0) return null;
  return (
    <div class="pictures" data-count={pictures.length}>
      {pictures.map((picture) => (
        <a class="picture" href={paths.picture(picture.id)}>
          <img
            src={paths.smallPicture(picture.id)}
            {...shownSize(picture)}
            data-said={picture.alt ? "" : undefined}
            alt={picture.alt || text(language).pictures.photos(1)}
            loading="lazy"
            decoding="async"
          />
        </a>
      ))}
    </div>
  );
};

/** Where there is no script to ask for it beside each picture: what is in them, a line for each. */
export const PictureAlts: FC<{ context: RenderContext; value: string }> = ({ context, value }) => (
  <noscript>
    <details class="alts" open={value !== ""}>
      <summary class="button quiet small">{text(context.language).pictures.describeShort}</summary>
      <label>
        {text(context.language).pictures.describeAll}
        <textarea name="alt" rows={1} dir="auto">
          {value}
        </textarea>
      </label>
    </details>
  </noscript>
);

/** Chooses pictures for a message: with script a button, without it the browser's own field. */
export const PictureField: FC<{ context: RenderContext }> = ({ context }) => (
  <label class="round attach">
    <Icon name="picture" />
    <span class="sr">{text(context.language).pictures.add}</span>
    <input type="file" name="pictures" accept="image/jpeg,image/png,image/webp,image/gif" multiple />
  </label>
);
