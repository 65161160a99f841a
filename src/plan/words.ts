/** 256 short, common words, nearly all of them one token in every usual vocabulary: prompts are made of them. */
export const WORDS: readonly string[] =
  `able about above across action after again air all almost along also always among
animal answer appear area around ask away back bad base bear beat begin behind believe best better big bird black blue
board boat body book born both bottom box boy bring brother brown build burn busy buy call came car care carry case catch
cause center certain chair chance change check child choose circle city class clean clear climb close cloud coat cold
color come common complete cook cool copy corn corner correct cost cotton could count country course cover create cross
crowd current cut dance dark day dead deal dear decide deep degree design desert develop differ direct discuss distant
divide doctor dog dollar door double down draw dream dress drink drive drop dry during each ear early earth ease east eat
edge effect egg eight either else end enemy energy engine enough enter equal even evening event ever every exact example
except excite exercise expect experience eye face fact fair fall family famous far farm fast father favor fear feed feel
feet fell few field fight figure fill final find fine finger finish fire first fish fit five flat floor flow flower fly
follow food foot force forest form forward found four free fresh friend front fruit full fun game garden gas gather gave
general gentle get girl give glad glass go gold gone good got govern grand grass gray great green grew ground group grow
guess guide gun had hair half hand happen happy hard hat have he head hear heart heat heavy held help her here`
    .split(/\s+/)
    .slice(0, 256)
