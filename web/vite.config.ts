import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const target = '../internal/web/dist';

/** Compresses what browsers load once, when it is built, so that the server does not do it for each of them. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|svg)$/.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
      }
    },
  };
}

/** Has the page load the application beside its first script, which would come to it only afterwards. */
function besideTheStart(): Plugin {
  return {
    name: 'beside-the-start',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(page, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const main = chunks.find((chunk) => chunk.name === 'main');
        if (!main) throw new Error('the application is not among what was built');
        const own = chunks.filter((chunk) => chunk === main || main.imports.includes(chunk.fileName));
        const styles = new Set(own.flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]));
        const link = (rel: string, file: string) => ({
          tag: 'link',
          attrs: { rel, crossorigin: true, href: `/${file}` },
          injectTo: 'head' as const,
        });
        return [
          ...own.map((chunk) => link('modulepreload', chunk.fileName)),
          ...[...styles].map((file) => link('stylesheet', file)),
        ].filter(({ attrs }) => !page.includes(attrs.href));
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), besideTheStart(), compressed()],
  build: {
    outDir: target,
    emptyOutDir: false, // the placeholder stays
    assetsInlineLimit: 0, // the content security policy allows no inlined scripts
    modulePreload: { polyfill: false },
    target: 'es2022',
    rolldownOptions: {
      output: {
        // What several areas share is one file, and not dozens of a few lines that a page waits for; the start needs nothing of it.
        codeSplitting: {
          groups: [
            {
              name: 'early',
              test: /\/src\/(api\/(early|address)|app\/(ahead|areas|routes))\.ts$|vite\/preload-helper/,
              priority: 2,
            },
            {
              name: 'shared',
              test: /\/src\/(api|app|parts|text)\/|lucide-react|node_modules\/(react|scheduler)/,
              minShareCount: 2,
              priority: 1,
            },
          ],
        },
      },
    },
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // they know light-dark()
  },
});
