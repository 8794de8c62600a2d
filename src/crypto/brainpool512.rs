//! brainpoolP512r1 and its twist brainpoolP512t1 (RFC 5639, 3.7) as parameters of `primeorder`, for which no crate has them
//! yet; those of 256 and 384 bits are in `bp256` and `bp384`. Only signatures are verified: no number here is secret.

use ecdsa::EcdsaCurve;
use elliptic_curve::bigint::{Odd, U512};
use elliptic_curve::consts::U64;
use elliptic_curve::hazmat::FieldArithmetic;
use elliptic_curve::point::PointCompression;
use elliptic_curve::{Curve, CurveArithmetic, PrimeCurve, PrimeCurveArithmetic};
use primeorder::{PrimeCurveParams, mul_backend, point_arithmetic};

const FIELD: &str = "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3";
const ORDER: &str = "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069";

use field::FieldElement;
use scalar::Scalar;

/// Numbers modulo p.
#[expect(deprecated, reason = "the macro of primefield calls what crypto-bigint has since renamed")]
mod field {
    use super::FIELD;
    use elliptic_curve::bigint::U512;
    use elliptic_curve::ff::PrimeField;
    use elliptic_curve::ops::BatchInvert;
    use elliptic_curve::subtle::{Choice, ConstantTimeEq, CtOption};

    primefield::monty_field_params! {
        name: FieldParams,
        modulus: FIELD,
        uint: U512,
        byte_order: primefield::ByteOrder::BigEndian,
        multiplicative_generator: 2,
        doc: "The field's modulus p."
    }

    primefield::monty_field_element! {
        name: FieldElement,
        params: FieldParams,
        uint: U512,
        doc: "A number modulo p."
    }

    primefield::monty_field_arithmetic! {
        name: FieldElement,
        params: FieldParams,
        uint: U512
    }

    impl BatchInvert for FieldElement {}
}

/// Numbers modulo q.
#[expect(deprecated, reason = "the macro of primefield calls what crypto-bigint has since renamed")]
mod scalar {
    use super::{ORDER, R1, T1};
    use elliptic_curve::bigint::{Odd, U512};
    use elliptic_curve::ff::PrimeField;
    use elliptic_curve::scalar::{FromUintUnchecked, IsHigh};
    use elliptic_curve::subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, CtOption};
    use primeorder::wnaf;

    primefield::monty_field_params! {
        name: ScalarParams,
        modulus: ORDER,
        uint: U512,
        byte_order: primefield::ByteOrder::BigEndian,
        multiplicative_generator: 7,
        doc: "The group's order q."
    }

    primefield::monty_field_element! {
        name: Scalar,
        params: ScalarParams,
        uint: U512,
        doc: "A number modulo q."
    }

    primefield::monty_field_arithmetic! {
        name: Scalar,
        params: ScalarParams,
        uint: U512
    }

    primefield::monty_field_reduce! {
        name: Scalar,
        params: ScalarParams,
        uint: U512,
    }

    elliptic_curve::scalar_impls!(R1, Scalar);
    elliptic_curve::scalar_impls!(T1, Scalar);
    wnaf::impl_wnaf_size_for_scalar!(Scalar);

    impl AsRef<Scalar> for Scalar {
        fn as_ref(&self) -> &Scalar {
            self
        }
    }

    impl FromUintUnchecked for Scalar {
        type Uint = U512;

        fn from_uint_unchecked(uint: U512) -> Self {
            Self::from_uint_unchecked(uint)
        }
    }

    impl IsHigh for Scalar {
        fn is_high(&self) -> Choice {
            const HALF: U512 = Odd::<U512>::from_be_hex(ORDER).as_ref().shr_vartime(1);
            self.to_canonical().ct_gt(&HALF)
        }
    }
}

/// brainpoolP512r1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct R1;

/// brainpoolP512t1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct T1;

macro_rules! curves {
    ($($curve:ident { $kind:ident, a: $a:expr, b: $b:literal, generator: ($x:literal, $y:literal) })*) => {$(
        impl Curve for $curve {
            type FieldBytesSize = U64;
            type Uint = U512;
            const ORDER: Odd<U512> = Odd::<U512>::from_be_hex(ORDER);
        }

        impl PrimeCurve for $curve {}

        impl PointCompression for $curve {
            const COMPRESS_POINTS: bool = false;
        }

        impl EcdsaCurve for $curve {
            const NORMALIZE_S: bool = false;
        }

        impl CurveArithmetic for $curve {
            type AffinePoint = primeorder::AffinePoint<Self>;
            type ProjectivePoint = primeorder::ProjectivePoint<Self>;
            type Scalar = Scalar;
        }

        impl FieldArithmetic for $curve {
            type FieldElement = FieldElement;
        }

        impl PrimeCurveArithmetic for $curve {
            type CurveGroup = primeorder::ProjectivePoint<Self>;
        }

        impl PrimeCurveParams for $curve {
            type PointArithmetic = point_arithmetic::$kind;
            type Backend = mul_backend::VariableOnly;
            const EQUATION_A: FieldElement = $a;
            const EQUATION_B: FieldElement = FieldElement::from_hex_vartime($b);
            const GENERATOR: (FieldElement, FieldElement) =
                (FieldElement::from_hex_vartime($x), FieldElement::from_hex_vartime($y));
        }
    )*};
}

curves! {
    R1 {
        EquationAIsGeneric,
        a: FieldElement::from_hex_vartime(
            "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca"
        ),
        b: "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
        generator: (
            "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
            "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892"
        )
    }
    T1 {
        EquationAIsMinusThree,
        a: FieldElement::from_u64(3).neg(),
        b: "7cbbbcf9441cfab76e1890e46884eae321f70c0bcb4981527897504bec3e36a62bcdfa2304976540f6450085f2dae145c22553b465763689180ea2571867423e",
        generator: (
            "640ece5c12788717b9c1ba06cbc2a6feba85842458c56dde9db1758d39c0313d82ba51735cdb3ea499aa77a7d6943a64f7a3f25fe26f06b51baa2696fa9035da",
            "5b534bd595f5af0fa2c892376c84ace1bb4e3019b71634c01131159cae03cee9d9932184beef216bd71df2dadf86a627306ecff96dbb8bace198b61e00f8b332"
        )
    }
}
