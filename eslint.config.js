import js from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Few rules, kept on. Each one has caught a real mistake. */
export default tseslint.config(
  { ignores: ['dist', 'node_modules', '**/fixtures/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // One idea a file: blank lines and comments are read as well.
      'max-lines': ['error', { max: 400 }],
      'no-control-regex': 'off',
    },
  },
  {
    files: ['**/*.{test,contract,fixture}.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[object.name=/^(test|it|describe)$/][property.name=/^(skip|skipIf|runIf|todo)$/]',
          message: 'A test that cannot run here says why: `skip(reason)` of its context, or of a beforeEach.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'web/**/*.{ts,tsx}'],
    ignores: ['src/**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Name what you export: a default export has another name in every file that imports it.',
        },
      ],
    },
  },
  {
    files: ['bin/**/*.js', 'tools/**/*.js', '*.js', '.dependency-cruiser.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
)
