import type { Locator, Page } from '@playwright/test';

interface File {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

// aPicture is a PNG of a dawn, painted by the page.
export async function aPicture(page: Page, width = 2000, height = 1000): Promise<File> {
  const text = await page.evaluate(
    ([w, h]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h });
      const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
      const sky = pen.createLinearGradient(0, 0, 0, h);
      sky.addColorStop(0, '#27496d');
      sky.addColorStop(1, '#f6b26b');
      pen.fillStyle = sky;
      pen.fillRect(0, 0, w, h);
      pen.fillStyle = '#ffe8b0';
      pen.arc(w * 0.7, h * 0.6, h / 6, 0, 7);
      pen.fill();
      return canvas.toDataURL('image/png').split(',')[1] ?? '';
    },
    [width, height] as const,
  );
  return { name: 'dawn.png', mimeType: 'image/png', buffer: Buffer.from(text, 'base64') };
}

// choose is what the dialog of the system does after a click on the button.
export const choose = (page: Page, file: File): Promise<void> => page.locator('input[type=file]').setInputFiles(file);

// shown is how many pixels wide a picture came, 0 while it has not.
export const shown = (picture: Locator): Promise<number> =>
  picture.evaluate((img) => (img as HTMLImageElement).naturalWidth);
