import { render } from 'preact';
import { App } from './app/App.tsx';
import { applyLanguage, readLanguage } from './app/language.ts';
import { createServices, ServicesProvider } from './app/services.ts';
import { applyTheme, readTheme } from './app/theme.ts';
import { keepShell } from './app/worker.ts';
import { sleep } from './lib/time.ts';
import { Identities } from './ui/Identity.tsx';

const patience = 3_000; // ms that the first drawing waits for the language; a later one is applied when it arrives

const services = createServices();
const spoken = applyLanguage(readLanguage(services.device), services.device);
applyTheme(readTheme(services.device), services.device);
// The user of this tab is known before the first page is drawn.
await services.session.restore();
void services.login.resume();
await Promise.race([spoken, sleep(patience)]);
render(
  <ServicesProvider value={services}>
    <Identities.Provider value={services.identity}>
      <App />
    </Identities.Provider>
  </ServicesProvider>,
  document.getElementById('app') as HTMLElement,
);
keepShell();
