import { render } from 'preact';
import { App } from './app/App.tsx';
import { createServices, ServicesProvider } from './app/services.ts';
import { applyTheme, readTheme } from './app/theme.ts';
import { announce } from './features/room/announce.ts';

const services = createServices();
applyTheme(readTheme(services.device), services.device);
announce(services.live, services.invitation, services.toasts.show);
// The key of this tab is there before the first page asks who the user is.
await services.session.restore();
void services.login.resume();
render(
  <ServicesProvider value={services}>
    <App />
  </ServicesProvider>,
  document.getElementById('app') as HTMLElement,
);
