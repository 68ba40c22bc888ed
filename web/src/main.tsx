import { render } from 'preact';
import { App } from './app/App.tsx';
import { createServices, ServicesProvider } from './app/services.ts';
import { applyTheme, readTheme } from './app/theme.ts';
import { keepShell } from './app/worker.ts';
import { announce } from './features/room/announce.ts';
import { Identities } from './ui/Identity.tsx';

const services = createServices();
applyTheme(readTheme(services.device), services.device);
announce(
  services.live,
  services.invitation,
  services.toasts.show,
  (person) => services.identity(person.pubkey ?? person.identity).peek().name,
);
// The key of this tab is there before the first page asks who the user is.
await services.session.restore();
void services.login.resume();
render(
  <ServicesProvider value={services}>
    <Identities.Provider value={services.identity}>
      <App />
    </Identities.Provider>
  </ServicesProvider>,
  document.getElementById('app') as HTMLElement,
);
keepShell();
