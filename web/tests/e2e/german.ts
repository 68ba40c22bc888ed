import deVerdicts from '../../src/features/diagnostics/texts/de.json' with { type: 'json' };
import enVerdicts from '../../src/features/diagnostics/texts/en.json' with { type: 'json' };
import deSession from '../../src/features/session/texts/de.json' with { type: 'json' };
import enSession from '../../src/features/session/texts/en.json' with { type: 'json' };
import de from '../../src/locales/de.json' with { type: 'json' };
import en from '../../src/locales/en.json' with { type: 'json' };
import { button, expect, type Page, type Person } from './test.ts';

export { de, deSession, deVerdicts };

const german: Record<string, string> = { ...de, ...deSession, ...deVerdicts };
const ours = new Set(Object.values(german));

// Every English text that German says in other words, as what it may look like on a page.
const english = Object.entries({ ...en, ...enSession, ...enVerdicts })
  .filter(([key, text]) => german[key] !== text && !ours.has(text))
  .map(([key, text]) => ({
    key,
    form: new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+')}$`, 's'),
  }));

// noEnglish looks at all that is seen and all that is read out on a page.
export async function noEnglish(page: Page, state: string): Promise<void> {
  const texts = await page.evaluate(() => {
    const found = [document.title];
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
      if (node instanceof Element) {
        if (!node.checkVisibility()) continue;
        for (const name of ['aria-label', 'placeholder', 'title', 'alt']) found.push(node.getAttribute(name) ?? '');
      } else if (node.parentElement?.checkVisibility() || node.parentElement?.closest('select')) {
        found.push(node.textContent ?? '');
      }
    }
    return [...new Set(found.map((text) => text.trim()).filter((text) => text !== ''))];
  });
  expect(texts.length, state).toBeGreaterThan(5);
  const left = texts.flatMap((text) =>
    english.filter(({ form }) => form.test(text)).map(({ key }) => `${key}: ${text}`),
  );
  expect(left, `English in ${state}`).toEqual([]);
}

// createInGerman opens a nest as create does.
export async function createInGerman(host: Person, title: string): Promise<string> {
  await host.page.goto('/');
  await host.page.getByLabel(de['create.title']).fill(title);
  await button(host.page, de['create.submit']).click();
  await connectedInGerman(host.page);
  await expect(host.page).toHaveURL(/\/naddr1/);
  return host.page.url();
}

export const connectedInGerman = (page: Page) =>
  expect(page.getByRole('status', { name: de['status.connected'] })).toBeVisible({ timeout: 20_000 });
