#include "lifeline/ledger/values/money.hpp"

namespace lifeline::ledger {

namespace {

// ISO 4217, list one, by number of decimal digits; each code is followed by a blank.
constexpr std::string_view without_decimals =
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
constexpr std::string_view three_decimals = "BHD IQD JOD KWD LYD OMR TND ";
constexpr std::string_view four_decimals = "CLF UYW ";
constexpr std::string_view two_decimals =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
    "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
    "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
    "XAD XCD XCG YER ZAR ZMW ZWG ";

constexpr bool lists(std::string_view codes, std::string_view code) noexcept {
  for (std::size_t i = 0; i + 3 <= codes.size(); i += 4)
    if (codes.substr(i, 3) == code) return true;
  return false;
}

}  // namespace

std::optional<currency> currency::parse(std::string_view code) noexcept {
  const bool known = lists(two_decimals, code) || lists(without_decimals, code) ||
                     lists(three_decimals, code) || lists(four_decimals, code);
  if (!known) return std::nullopt;
  return currency({code[0], code[1], code[2]});
}

int currency::exponent() const noexcept {
  if (lists(without_decimals, code())) return 0;
  if (lists(four_decimals, code())) return 4;
  return lists(three_decimals, code()) ? 3 : 2;
}

std::string decimal_text(const money& m) {
  const auto decimals = static_cast<std::size_t>(m.unit.exponent());
  std::string digits = std::to_string(m.minor < 0 ? -m.minor : m.minor);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals != 0) digits.insert(digits.size() - decimals, ".");
  return (m.minor < 0 ? "-" : "") + digits;
}

}  // namespace lifeline::ledger
