"""Mobile networks of the world by their codes (ITU-T E.212): what a look-up says when its carrier sends codes only.

Rule 1: names are for people to read; what prices and routes go by is `russia.network`, in upper case.
Rule 2: a network that is not here has a country all the same; a name is left empty before it is guessed.
"""

from functools import cache
from typing import Final, NamedTuple

from lotsman.domain import russia


class Country(NamedTuple):
    code: str  # ISO 3166-1 alpha-2
    name: str


def country_of(mcc: str) -> Country | None:
    return _countries().get(mcc)


def name_of(mccmnc: str) -> str:
    """As its subscribers call it; "" when it is not known."""
    known = russia.network(mccmnc)
    if known is not None:
        return _SPELLED.get(known.operator) or known.operator.title()
    return _names().get(mccmnc, "")


def home_of(imsi: str) -> tuple[str, str]:
    """(mcc, mnc) that an IMSI begins with, also one that was cut behind them; ("", "") if it is too short to tell."""
    mcc = imsi[:3]
    size = 3 if mcc in _THREE_DIGITS else 2
    if len(imsi) < 3 + size or mcc not in _countries():
        return "", ""
    return mcc, imsi[3 : 3 + size]


@cache
def _countries() -> dict[str, Country]:
    found = {}
    for line in _COUNTRIES.strip().splitlines():
        codes, iso, name = line.split(" ", 2)
        first, _, last = codes.partition("-")
        for mcc in range(int(first), int(last or first) + 1):
            found[f"{mcc:03d}"] = Country(iso, name)
    return found


@cache
def _names() -> dict[str, str]:
    found = {}
    for line in _NETWORKS.strip().splitlines():
        mcc, _, networks = line.partition(" ")
        for network in networks.split(", "):
            mnc, _, name = network.partition(" ")
            found[mcc + mnc] = name
    return found


_SPELLED: Final = {
    "MTS": "MTS", "MEGAFON": "MegaFon", "VTB MOBILE": "VTB Mobile", "MTT": "MTT", "MKS": "MKS", "SBERMOBILE": "SberMobile",
    "ALFA-MOBILE": "Alfa-Mobile", "WIN MOBILE": "Win mobile", "A-MOBILE": "A-Mobile", "AQUAFON": "Aquafon", "A1": "A1",
    "LIFE": "life:)", "BECLOUD": "beCloud", "O!": "O!", "IDC": "IDC", "TCELL": "Tcell", "ZET-MOBILE": "ZET-Mobile",
    "TMCELL": "TMCell", "3MOB": "3Mob", "MOBIUZ": "Mobiuz", "PLUS7TELECOM": "Plus7Telecom", "V-TELL": "V-Tell",
}  # fmt: skip

# Where a network code has three digits.
_THREE_DIGITS: Final = frozenset(
    {"302", "310", "311", "312", "313", "314", "315", "316", "330", "334", "338", "342", "344", "346", "348", "352", "354",
     "356", "358", "360", "365", "366", "374", "376", "405", "708", "722", "732", "750"}
)  # fmt: skip

_COUNTRIES: Final = """
202 GR Greece
204 NL Netherlands
206 BE Belgium
208 FR France
212 MC Monaco
213 AD Andorra
214 ES Spain
216 HU Hungary
218 BA Bosnia and Herzegovina
219 HR Croatia
220 RS Serbia
221 XK Kosovo
222 IT Italy
225 VA Vatican City
226 RO Romania
228 CH Switzerland
230 CZ Czech Republic
231 SK Slovakia
232 AT Austria
234-235 GB United Kingdom
238 DK Denmark
240 SE Sweden
242 NO Norway
244 FI Finland
246 LT Lithuania
247 LV Latvia
248 EE Estonia
250 RU Russia
255 UA Ukraine
257 BY Belarus
259 MD Moldova
260 PL Poland
262 DE Germany
266 GI Gibraltar
268 PT Portugal
270 LU Luxembourg
272 IE Ireland
274 IS Iceland
276 AL Albania
278 MT Malta
280 CY Cyprus
282 GE Georgia
283 AM Armenia
284 BG Bulgaria
286 TR Turkey
288 FO Faroe Islands
289 AB Abkhazia
290 GL Greenland
292 SM San Marino
293 SI Slovenia
294 MK North Macedonia
295 LI Liechtenstein
297 ME Montenegro
302 CA Canada
308 PM Saint Pierre and Miquelon
310-316 US United States
330 PR Puerto Rico
332 VI United States Virgin Islands
334 MX Mexico
338 JM Jamaica
340 GP Guadeloupe
342 BB Barbados
344 AG Antigua and Barbuda
346 KY Cayman Islands
348 VG British Virgin Islands
350 BM Bermuda
352 GD Grenada
354 MS Montserrat
356 KN Saint Kitts and Nevis
358 LC Saint Lucia
360 VC Saint Vincent and the Grenadines
362 CW Curacao
363 AW Aruba
364 BS Bahamas
365 AI Anguilla
366 DM Dominica
368 CU Cuba
370 DO Dominican Republic
372 HT Haiti
374 TT Trinidad and Tobago
376 TC Turks and Caicos Islands
400 AZ Azerbaijan
401 KZ Kazakhstan
402 BT Bhutan
404-406 IN India
410 PK Pakistan
412 AF Afghanistan
413 LK Sri Lanka
414 MM Myanmar
415 LB Lebanon
416 JO Jordan
417 SY Syria
418 IQ Iraq
419 KW Kuwait
420 SA Saudi Arabia
421 YE Yemen
422 OM Oman
424 AE United Arab Emirates
425 IL Israel
426 BH Bahrain
427 QA Qatar
428 MN Mongolia
429 NP Nepal
430-431 AE United Arab Emirates
432 IR Iran
434 UZ Uzbekistan
436 TJ Tajikistan
437 KG Kyrgyzstan
438 TM Turkmenistan
440-441 JP Japan
450 KR South Korea
452 VN Vietnam
454 HK Hong Kong
455 MO Macao
456 KH Cambodia
457 LA Laos
460-461 CN China
466 TW Taiwan
467 KP North Korea
470 BD Bangladesh
472 MV Maldives
502 MY Malaysia
505 AU Australia
510 ID Indonesia
514 TL Timor-Leste
515 PH Philippines
520 TH Thailand
525 SG Singapore
528 BN Brunei
530 NZ New Zealand
536 NR Nauru
537 PG Papua New Guinea
539 TO Tonga
540 SB Solomon Islands
541 VU Vanuatu
542 FJ Fiji
543 WF Wallis and Futuna
544 AS American Samoa
545 KI Kiribati
546 NC New Caledonia
547 PF French Polynesia
548 CK Cook Islands
549 WS Samoa
550 FM Micronesia
551 MH Marshall Islands
552 PW Palau
553 TV Tuvalu
554 TK Tokelau
555 NU Niue
602 EG Egypt
603 DZ Algeria
604 MA Morocco
605 TN Tunisia
606 LY Libya
607 GM Gambia
608 SN Senegal
609 MR Mauritania
610 ML Mali
611 GN Guinea
612 CI Ivory Coast
613 BF Burkina Faso
614 NE Niger
615 TG Togo
616 BJ Benin
617 MU Mauritius
618 LR Liberia
619 SL Sierra Leone
620 GH Ghana
621 NG Nigeria
622 TD Chad
623 CF Central African Republic
624 CM Cameroon
625 CV Cape Verde
626 ST Sao Tome and Principe
627 GQ Equatorial Guinea
628 GA Gabon
629 CG Congo
630 CD Democratic Republic of the Congo
631 AO Angola
632 GW Guinea-Bissau
633 SC Seychelles
634 SD Sudan
635 RW Rwanda
636 ET Ethiopia
637 SO Somalia
638 DJ Djibouti
639 KE Kenya
640 TZ Tanzania
641 UG Uganda
642 BI Burundi
643 MZ Mozambique
645 ZM Zambia
646 MG Madagascar
647 RE Reunion
648 ZW Zimbabwe
649 NA Namibia
650 MW Malawi
651 LS Lesotho
652 BW Botswana
653 SZ Eswatini
654 KM Comoros
655 ZA South Africa
657 ER Eritrea
658 SH Saint Helena
659 SS South Sudan
702 BZ Belize
704 GT Guatemala
706 SV El Salvador
708 HN Honduras
710 NI Nicaragua
712 CR Costa Rica
714 PA Panama
716 PE Peru
722 AR Argentina
724 BR Brazil
730 CL Chile
732 CO Colombia
734 VE Venezuela
736 BO Bolivia
738 GY Guyana
740 EC Ecuador
742 GF French Guiana
744 PY Paraguay
746 SR Suriname
748 UY Uruguay
750 FK Falkland Islands
"""

# Beside Russia and its neighbours: where its people travel, and the large ones.
_NETWORKS: Final = """
202 01 Cosmote, 05 Vodafone, 10 Nova
204 04 Vodafone, 08 KPN, 16 Odido
206 01 Proximus, 10 Orange, 20 BASE
208 01 Orange, 10 SFR, 15 Free Mobile, 20 Bouygues Telecom
214 01 Vodafone, 03 Orange, 04 Yoigo, 07 Movistar
216 01 Yettel, 30 Telekom, 70 One
219 01 HT, 02 Telemach, 10 A1
220 01 Yettel, 03 mts, 05 A1
222 01 TIM, 10 Vodafone, 50 Iliad, 88 WindTre
226 01 Vodafone, 03 Telekom, 05 Digi.Mobil, 10 Orange
228 01 Swisscom, 02 Sunrise, 03 Salt
230 01 T-Mobile, 02 O2, 03 Vodafone
231 01 Orange, 02 Telekom, 06 O2
232 01 A1, 03 Magenta, 05 3
234 10 O2, 15 Vodafone, 20 3, 30 EE
238 01 TDC, 02 Telenor, 06 3, 20 Telia
240 01 Telia, 02 3, 07 Tele2, 08 Telenor
242 01 Telenor, 02 Telia, 14 ice
244 05 Elisa, 12 DNA, 91 Telia
246 01 Telia, 02 Bite, 03 Tele2
247 01 LMT, 02 Tele2, 05 Bite
248 01 Telia, 02 Elisa, 03 Tele2
260 01 Plus, 02 T-Mobile, 03 Orange, 06 Play
262 01 Telekom, 02 Vodafone, 03 O2, 07 O2
268 01 Vodafone, 03 NOS, 06 MEO
272 01 Vodafone, 02 3, 03 eir
280 01 Cytamobile-Vodafone, 10 Epic, 20 PrimeTel
284 01 A1, 03 Vivacom, 05 Yettel
286 01 Turkcell, 02 Vodafone, 03 Turk Telekom
293 40 A1, 41 Telekom Slovenije, 70 Telemach
297 01 One, 02 Crnogorski Telekom, 03 m:tel
302 220 Telus, 610 Bell, 720 Rogers
310 260 T-Mobile, 410 AT&T
311 480 Verizon
334 020 Telcel, 030 Movistar, 050 AT&T
404 10 Airtel, 20 Vi, 45 Airtel
410 01 Jazz, 03 Ufone, 04 Zong, 06 Telenor
424 02 Etisalat, 03 du
425 01 Partner, 02 Cellcom, 03 Pelephone, 07 Hot Mobile
428 91 Skytel, 98 G-Mobile, 99 Mobicom
432 11 MCI, 20 Rightel, 35 Irancell
440 10 NTT docomo, 20 SoftBank
450 05 SK Telecom, 06 LG U+, 08 KT
452 01 MobiFone, 02 VinaPhone, 04 Viettel
454 00 CSL, 03 3, 06 SmarTone, 12 CMHK
460 00 China Mobile, 01 China Unicom, 03 China Telecom
466 01 FarEasTone, 92 Chunghwa, 97 Taiwan Mobile
502 12 Maxis, 13 Celcom, 16 DiGi, 18 U Mobile
505 01 Telstra, 02 Optus, 03 Vodafone
510 01 Indosat, 10 Telkomsel, 11 XL
520 03 AIS, 04 TrueMove H, 05 dtac
525 01 Singtel, 03 M1, 05 StarHub
602 01 Orange, 02 Vodafone, 03 Etisalat, 04 WE
604 00 Orange, 01 Maroc Telecom, 02 inwi
605 01 Orange, 02 Tunisie Telecom, 03 Ooredoo
655 01 Vodacom, 07 Cell C, 10 MTN
724 05 Claro, 06 Vivo, 10 Vivo, 11 Vivo, 31 Oi
"""
