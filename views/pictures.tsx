import type { FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { ErrorCode, Fault } from "../src/domain/errors.ts";
import type { Picture } from "../src/domain/picture.ts";
import type { RenderContext } from "./context.ts";
import { Refusal } from "./errors.tsx";
import { Icon } from "./parts.tsx";
import { paths } from "./paths.ts";
import { shownSize, underPost } from "./picture-size.ts";
import { text } from "./text.ts";

const smallPx = 640;

/** The large form, too, where the small one would be drawn larger than it is. `shown`: how wide at most, in px. */
function sourcesOf({ id, width, height }: Picture, shown: number) {
  const small = Math.round(width * Math.min(1, smallPx / Math.max(width, height)));
  if (small >= width) return {};
  const srcset = `${paths.smallPicture(id)} ${small}w, ${paths.picture(id)} ${width}w`;
  return { srcset, sizes: `min(${shown}px, 92vw)` };
}

/** What is brought in goes with the words: a browser says how large a file may be, the server decides. */
export const withPictures = (pictureBytes: number) => ({
  enctype: "multipart/form-data" as const,
  "data-pictures": paths.bringPostPicture,
  "data-picture-bytes": pictureBytes,
});

interface WrittenErrorProps {
  readonly language: Language;
  readonly error: ErrorCode | undefined;
  readonly faults: readonly Fault[] | undefined;
}

/** Why words and pictures were refused, where that is no fault of one field of words. */
export const WrittenError: FC<WrittenErrorProps> = ({ language, error, faults = [] }) => {
  const ofPictures = faults.filter(({ field }) => field === "picture" || field === "pictures" || field === "alt");
  if (error === undefined || (error === "invalid" && ofPictures.length === 0)) return null;
  return <Refusal language={language} code={error} faults={ofPictures} />;
};

/** One picture for a list: cut to what a list can bear, and how many more there are. It leads where its title leads. */
export const CardPicture: FC<{ language: Language; pictures: readonly Picture[]; href: string }> = (props) => {
  const { language, pictures, href } = props;
  const [first] = pictures;
  if (!first) return null;
  return (
    <a class="card-picture" href={href}>
      <img
        src={paths.smallPicture(first.id)}
        {...shownSize(first, underPost)}
        alt={first.alt || text(language).pictures.photos(1)}
        loading="lazy"
        decoding="async"
      />
      {pictures.length > 1 && <span class="more-pictures">{text(language).pictures.photos(pictures.length)}</span>}
    </a>
  );
};

/**
 * The pictures of a message, a post or a comment. Their room is known before they are there, so that nothing moves when
 * they come. Each leads to its large form; the script shows that without leaving the page.
 */
export const Pictures: FC<{ language: Language; pictures: readonly Picture[]; isOfPost?: boolean }> = (props) => {
  const { language, pictures, isOfPost = false } = props;
  if (pictures.length === 0) return null;
  const max = isOfPost && pictures.length === 1 ? underPost : undefined;
  return (
    <div class={isOfPost ? "pictures of-post" : "pictures"} data-count={pictures.length}>
      {pictures.map((picture) => {
        const size = shownSize(picture, max);
        return (
          <a class="picture" href={paths.picture(picture.id)}>
            <img
              src={paths.smallPicture(picture.id)}
              {...(max && sourcesOf(picture, size.width))}
              {...size}
              data-said={picture.alt ? "" : undefined}
              alt={picture.alt || text(language).pictures.photos(1)}
              loading="lazy"
              decoding="async"
            />
          </a>
        );
      })}
    </div>
  );
};

interface DropFieldProps {
  readonly language: Language;
  readonly pictures: readonly Picture[];
  /** As it was chosen before a refusal. */
  readonly dropped?: readonly string[] | undefined;
}

/** The pictures of what is edited, each with a box that takes it away. */
export const DropField: FC<DropFieldProps> = ({ language, pictures, dropped = [] }) => {
  const words = text(language).pictures;
  if (pictures.length === 0) return null;
  return (
    <fieldset class="kept-pictures">
      <legend class="sr">{words.photos(pictures.length)}</legend>
      {pictures.map(({ id, alt }, i) => (
        <label>
          <img src={paths.smallPicture(id)} width={72} height={72} alt={alt} />
          <span>
            <input type="checkbox" name={`drop${i}`} value={id} checked={dropped.includes(id)} />
            {words.remove(i + 1)}
          </span>
        </label>
      ))}
    </fieldset>
  );
};

/** Where there is no script to ask for it beside each picture: what is in them, a line for each. */
export const PictureAlts: FC<{ context: RenderContext; value: string }> = ({ context, value }) => (
  <noscript>
    <details class="alts" open={value !== ""}>
      <summary class="button quiet small">{text(context.language).pictures.describeShort}</summary>
      <label>
        {text(context.language).pictures.describeAll}
        <textarea name="alt" rows={1} autocomplete="off" dir="auto">
          {value}
        </textarea>
      </label>
    </details>
  </noscript>
);

/** Pictures that were chosen in a form that was refused, which no page gives back. */
export const PicturesAgain: FC<{ language: Language; lost: string | undefined }> = ({ language, lost }) =>
  lost === undefined ? null : (
    <p class="hint">
      <strong>{text(language).pictures.again}</strong>
    </p>
  );

/** Chooses pictures for a message: with script a button, without it the browser's own field. */
export const PictureField: FC<{ context: RenderContext }> = ({ context }) => (
  <label class="round attach">
    <Icon name="picture" />
    <span class="sr">{text(context.language).pictures.add}</span>
    <input type="file" name="pictures" accept="image/jpeg,image/png,image/webp,image/gif" multiple />
  </label>
);
