/** Which modules may import which. Imports of types and `import()` count. */

const LAYERS = 'The layers, top first: pages, components, lib. A module imports its own layer and those below.'

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Modules that import each other can only be read, tested and changed together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'lib-is-the-lowest-layer',
      comment: LAYERS,
      severity: 'error',
      from: { path: '^src/lib/' },
      to: { path: '^src/(components|pages)/' },
    },
    {
      name: 'components-know-no-page',
      comment: LAYERS,
      severity: 'error',
      from: { path: '^src/components/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^src/pages/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
}
