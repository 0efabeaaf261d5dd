import type { FC } from "hono/jsx";
import type { PageContext } from "./context.ts";
import { Switch } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { Time } from "./parts.tsx";
import { paths } from "./paths.ts";
import { QuietLine } from "./quiet.tsx";
import { deviceOf } from "./settings.tsx";
import { text } from "./text.ts";

/** A browser that takes pushes, as its owner sees it. */
interface Device {
  readonly id: number;
  readonly userAgent: string;
  readonly createdAtMs: number;
  readonly sentAtMs: number | undefined;
  readonly failure: string | undefined;
  readonly isThisSignIn: boolean;
  readonly endpoint: string;
}

interface DeviceProps {
  readonly page: PageContext;
  readonly devices: readonly Device[];
  /** What browsers subscribe for, base64url. */
  readonly publicKey: string;
  /** How the test that was just asked for went. */
  readonly tested?: boolean | undefined;
}

/** Sound and notices of this browser. The switches need the script; the list of devices does not. */
export const DevicePage: FC<DeviceProps> = ({ page, devices, publicKey, tested }) => {
  const { devices: words } = text(page.language);
  return (
    <Layout page={page} title={words.title}>
      <p class="back">
        <a href={paths.settings}>{words.back}</a>
      </p>
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      {tested && (
        <p class="notice" role="status">
          {words.tested}
        </p>
      )}
      <div class="settings">
        <section class="setting" id="push-devices">
          <h2>{words.push}</h2>
          <div>
            <p class="hint">{words.pushHint}</p>
            <noscript>
              <p class="hint">{words.needsScript}</p>
            </noscript>
            <div id="push" class="row" data-key={publicKey} hidden>
              <p id="push-state" role="status" />
              <button type="button" id="push-on" hidden>
                {words.turnOn}
              </button>
              <button type="button" id="push-off" class="quiet" hidden>
                {words.turnOff}
              </button>
            </div>
            {devices.length > 0 && (
              <>
                <h3>{words.devices}</h3>
                <ul class="sign-ins">
                  {devices.map((device) => (
                    <DeviceRow page={page} device={device} />
                  ))}
                </ul>
              </>
            )}
          </div>
        </section>
        <section class="setting" id="device-sound" hidden>
          <h2>{words.sound}</h2>
          <div>
            <QuietLine page={page} />
            <Switch id="sound" label={words.soundLabel} hint={words.soundHint}>
              <button type="button" class="quiet small" id="sound-listen">
                {words.listen}
              </button>
            </Switch>
          </div>
        </section>
        <section class="setting" id="device-tabs" hidden>
          <h2>{words.connection}</h2>
          <Switch id="one-socket" label={words.oneSocket} hint={words.oneSocketHint} />
        </section>
        <section class="setting">
          <h2>{words.delivery}</h2>
          <div>
            <p class="hint">{words.deliveryHint}</p>
            <a class="button quiet" href={paths.settingsDelivery}>
              {words.toDelivery}
            </a>
          </div>
        </section>
      </div>
    </Layout>
  );
};

const DeviceRow: FC<{ page: PageContext; device: Device }> = ({ page, device }) => {
  const { devices: words } = text(page.language);
  const name = deviceOf(device.userAgent) ?? words.unknown;
  return (
    <li data-push-id={device.id} data-endpoint={device.endpoint}>
      <div>
        <strong title={device.userAgent}>{name}</strong>
        {device.isThisSignIn && <span class="chip">{words.thisOne}</span>}
        <p class="meta">
          {words.since} <Time context={page} ms={device.createdAtMs} />
          {device.sentAtMs !== undefined && (
            <>
              {" · "}
              {words.lastSent} <Time context={page} ms={device.sentAtMs} />
            </>
          )}
        </p>
        {device.failure && (
          <p class="form-error" role="alert">
            {words.lastFailure} {device.failure}
          </p>
        )}
      </div>
      <form method="post" action={paths.pushTest} class="row">
        <input type="hidden" name="id" value={device.id} />
        <button type="submit" class="quiet small" aria-label={words.testThis(name)}>
          {words.test}
        </button>
        <button
          type="submit"
          formaction={paths.pushUnsubscribe}
          class="quiet small"
          aria-label={words.removeThis(name)}
        >
          {words.remove}
        </button>
      </form>
    </li>
  );
};

const STEPS = ["socket", "row", "here", "there", "push"] as const;

/** Goes the whole way of an alarm once; the script fills in how each step went. */
export const DeliveryPage: FC<{ page: PageContext }> = ({ page }) => {
  const { devices: words } = text(page.language);
  return (
    <Layout page={page} title={words.delivery}>
      <p class="back">
        <a href={paths.settingsDevice}>{words.title}</a>
      </p>
      <h1>{words.delivery}</h1>
      <p class="lead">{words.deliveryLead}</p>
      <noscript>
        <p class="hint">{words.needsScript}</p>
      </noscript>
      <ol class="delivery" id="delivery">
        {STEPS.map((step) => (
          <li data-step={step}>
            <strong>{words.steps[step].name}</strong> <span class="result" />
            <p class="hint mend" hidden>
              {words.steps[step].mend}
            </p>
          </li>
        ))}
      </ol>
      <p id="delivery-result" role="status" />
      <button type="button" id="delivery-start" hidden>
        {words.start}
      </button>
    </Layout>
  );
};
