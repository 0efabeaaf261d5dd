import type { Child, FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { ErrorCode, Fault } from "../src/domain/errors.ts";
import { FieldError, faultFor } from "./errors.tsx";
import { Icon } from "./parts.tsx";
import { text } from "./text.ts";

/** What was typed, so that a refused form comes back filled. Passwords are not among them. */
export type Values = Readonly<Record<string, string | undefined>>;

interface FieldProps {
  readonly language: Language;
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly value?: string | undefined;
  /** Where two forms of one page have a field of the same name. */
  readonly idPrefix?: string;
}

interface InputProps extends FieldProps {
  readonly type?: "text" | "password";
  readonly autocomplete: string;
  readonly autofocus?: boolean | undefined;
  readonly autocapitalize?: "none";
  readonly spellcheck?: false;
  readonly max?: number;
  /** May stay empty. */
  readonly isOptional?: boolean;
  /** The user id of one person: the script offers those who may be meant. */
  readonly isPerson?: boolean;
  /** Names the draft that the script keeps. */
  readonly draft?: string;
  /** A password of a form that was refused, which no page gives back. */
  readonly isCleared?: boolean;
}

/** A refused form begins where the first fault is, also where that is far down the page. */
const isStart = ({ faults, name, autofocus }: FieldProps & { readonly autofocus?: boolean | undefined }) =>
  faults?.length ? faultFor(faults, name) !== undefined : autofocus;

/** One line of a form with its label, hint and fault tied to it for those who listen. */
export const Input: FC<InputProps> = (props) => {
  const { language, name, label, hint, faults, value, type = "text", idPrefix = "field", max } = props;
  const id = `${idPrefix}-${name}`;
  const fault = faultFor(faults, name);
  // Where the fault is the password's own, that says what to type.
  const again = props.isCleared && !fault ? text(language).accounts.passwordAgain : undefined;
  const describedBy = [(hint || again) && `${id}-hint`, fault && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type}
        value={value}
        autocomplete={props.autocomplete}
        autocapitalize={props.autocapitalize}
        spellcheck={props.spellcheck}
        autofocus={isStart(props)}
        data-max={max}
        data-draft={props.draft}
        data-people={props.isPerson ? "" : undefined}
        required={!props.isOptional}
        aria-invalid={fault ? "true" : undefined}
        aria-describedby={describedBy || undefined}
      />
      {(hint || again) && (
        <p class="hint" id={`${id}-hint`}>
          {again && <strong>{again}</strong>} {hint}
        </p>
      )}
      <FieldError language={language} fault={fault} id={`${id}-error`} />
    </div>
  );
};

interface SwitchProps {
  /** Of its field; without one, only the script acts on it, by its id. */
  readonly name?: string;
  readonly id?: string;
  readonly label: string;
  readonly hint?: string;
  readonly isOn?: boolean;
  readonly children?: Child;
}

/** A box that looks like what it is: on or off. What else belongs to it stands before the box. */
export const Switch: FC<SwitchProps> = ({ name, id = `choice-${name}`, label, hint, isOn = false, children }) => (
  <div class="switch">
    <label for={id}>
      {label}
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </label>
    {children}
    <input type="checkbox" id={id} name={name} checked={isOn} aria-describedby={hint && `${id}-hint`} />
  </div>
);

interface AreaProps extends FieldProps {
  readonly placeholder?: string;
  readonly rows: number;
  readonly max: number;
  /** The label is for those who listen only; the placeholder says it to those who look. */
  readonly isLabelHidden?: boolean;
  readonly autofocus?: boolean;
  /** May stay empty. */
  readonly isOptional?: boolean;
  /** Names the draft that the script keeps. */
  readonly draft?: string;
  /** Nothing but people: the script offers those who may be meant, without an @. */
  readonly isPeople?: boolean;
}

/**
 * A text of several lines that grows with what is typed. The script counts towards `data-max`, and keeps drafts for each
 * person; the browser would give on Back what was typed here to whoever has signed in since.
 */
export const Area: FC<AreaProps> = (props) => {
  const { language, name, label, hint, faults, value, placeholder, rows, max, idPrefix = "field" } = props;
  const id = `${idPrefix}-${name}`;
  const fault = faultFor(faults, name);
  return (
    <div class="field">
      <label for={id} class={props.isLabelHidden ? "sr" : undefined}>
        {label}
      </label>
      <textarea
        id={id}
        name={name}
        rows={rows}
        placeholder={placeholder}
        autocomplete="off"
        autofocus={isStart(props)}
        data-max={max}
        data-draft={props.draft}
        data-people={props.isPeople ? "" : undefined}
        dir="auto"
        required={!props.isOptional}
        aria-invalid={fault ? "true" : undefined}
        aria-describedby={fault ? `${id}-error` : hint ? `${id}-hint` : undefined}
      >
        {value}
      </textarea>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <FieldError language={language} fault={fault} id={`${id}-error`} />
    </div>
  );
};

/** What went wrong with a form as a whole. */
export const FormError: FC<{ language: Language; code: ErrorCode | undefined }> = ({ language, code }) => {
  if (!code || code === "invalid") return null;
  return (
    <p class="form-error" role="alert">
      {text(language).errors[code].body}
    </p>
  );
};

/** A small menu: a button that opens it without any script. */
export const Menu: FC<{ language: Language; children?: Child }> = ({ language, children }) => (
  <details class="menu" data-closes="">
    <summary aria-label={text(language).site.more}>
      <Icon name="more" />
    </summary>
    <div class="menu-items">{children}</div>
  </details>
);

/** What a menu holds for the author alone. A push names no reader: the script shows it on what `body[data-me]` wrote. */
export const OwnPart: FC<{ isPushed: boolean; children?: Child }> = ({ isPushed, children }) => (
  <div class="menu-own" data-own-only="" hidden={isPushed}>
    {children}
  </div>
);

/** What it holds for everybody else, behind the author's part: the style hides it where that is shown. */
export const OthersPart: FC<{ children?: Child }> = ({ children }) => <div class="menu-others">{children}</div>;

/** What it holds for admins on top of that: shown by the style below `body[data-admin]`. */
export const AdminPart: FC<{ children?: Child }> = ({ children }) => <div class="menu-admin">{children}</div>;

/** Asks once before something is gone, without any script. */
export const DeleteForm: FC<{ language: Language; action: string; question: string; id: string }> = (props) => {
  const { site } = text(props.language);
  return (
    <details class="sure">
      <summary>{site.delete}</summary>
      <form method="post" action={props.action}>
        <p>{props.question}</p>
        <button type="submit" class="danger" id={props.id}>
          {site.delete}
        </button>
      </form>
    </details>
  );
};
