/** The languages podpath speaks. */
export const languages = ['en', 'ko'] as const
export type Language = (typeof languages)[number]

/** For text from outside (`--lang`): undefined when podpath does not speak it. */
export const parseLanguage = (text: string): Language | undefined =>
  languages.find((language) => language === text.toLowerCase())

/** The language of a POSIX locale name such as `ko_KR.UTF-8`; English where it is none of ours. */
export const languageOfLocale = (locale: string): Language => parseLanguage(locale.slice(0, 2)) ?? 'en'
