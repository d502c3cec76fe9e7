import Schema
import Template
import Testing

/// `x509_certificate_info` gives what `community.crypto` 3 gives, for the digests there are.
@Suite struct `Certificates` {
  private static let pem = """
    -----BEGIN CERTIFICATE-----
    MIIDHTCCAsKgAwIBAgIUGuZ+rV4RrnYnOyvmpe/vIaBX794wCgYIKoZIzj0EAwIw
    QDELMAkGA1UEBhMCREUxFjAUBgNVBAoMDUV4YW1wbGUsIEluYy4xCjAIBgNVBAsM
    AUExDTALBgNVBAMMBGV0Y2QwIBcNMjYxMTIxMTMyODM1WhgPMjEyNjEwMjgxMzI4
    MzVaMEAxCzAJBgNVBAYTAkRFMRYwFAYDVQQKDA1FeGFtcGxlLCBJbmMuMQowCAYD
    VQQLDAFBMQ0wCwYDVQQDDARldGNkMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
    a/LJEegOmBAAmiDQ4onCcnH13Gg9w1UkTjQzkJBILd/0DGoR1N0zyqrjMRtKLlad
    uj9hpINlZlnEjYtqa9c8JKOCAZYwggGSMB0GA1UdDgQWBBQ6l2vW1tONdw5NXdbT
    uhCEp0yC6DBlBgNVHSMEXjBcoUSkQjBAMQswCQYDVQQGEwJERTEWMBQGA1UECgwN
    RXhhbXBsZSwgSW5jLjEKMAgGA1UECwwBQTENMAsGA1UEAwwEZXRjZIIUGuZ+rV4R
    rnYnOyvmpe/vIaBX794wbQYDVR0RBGYwZIIEZXRjZIINKi5leGFtcGxlLmNvbYcE
    CgAAAYcQ/QAAAAAAAAAAAAAAAAAAAYEFYUBiLmOGC2h0dHBzOi8veC95iAIqA6Qd
    MBsxCjAIBgNVBAMMAXgxDTALBgNVBAoMBHksIHowDgYDVR0PAQH/BAQDAgCpMCIG
    A1UdJQQbMBkGCCsGAQUFBwMBBggrBgEFBQcDAgYDKgMEMBIGA1UdEwEB/wQIMAYB
    Af8CAQEwQAYIKwYBBQUHAQEENDAyMBgGCCsGAQUFBzABhgxodHRwOi8vb2NzcC8w
    FgYIKwYBBQUHMAKGCmh0dHA6Ly9jYS8wEQYIKwYBBQUHARgEBTADAgEFMAoGCCqG
    SM49BAMCA0kAMEYCIQCnXdmhSINCR/F6kaxuvjvM1XJ6kPq8e6jfwSeB03RsMwIh
    AJ+p3u9C312t/gGaKQHTPJ1iQ8NWjqWy5LgZOcwwSBj2
    -----END CERTIFICATE-----
    """

  private static let expected = #"""
    {
      "signature_algorithm": "ecdsa-with-SHA256",
      "subject": {
        "countryName": "DE",
        "organizationName": "Example, Inc.",
        "organizationalUnitName": "A",
        "commonName": "etcd"
      },
      "subject_ordered": [
        [
          "countryName",
          "DE"
        ],
        [
          "organizationName",
          "Example, Inc."
        ],
        [
          "organizationalUnitName",
          "A"
        ],
        [
          "commonName",
          "etcd"
        ]
      ],
      "issuer": {
        "countryName": "DE",
        "organizationName": "Example, Inc.",
        "organizationalUnitName": "A",
        "commonName": "etcd"
      },
      "issuer_ordered": [
        [
          "countryName",
          "DE"
        ],
        [
          "organizationName",
          "Example, Inc."
        ],
        [
          "organizationalUnitName",
          "A"
        ],
        [
          "commonName",
          "etcd"
        ]
      ],
      "version": 3,
      "key_usage": [
        "Digital Signature",
        "Encipher Only",
        "Key Agreement",
        "Key Encipherment"
      ],
      "key_usage_critical": true,
      "extended_key_usage": [
        "1.2.3.4",
        "TLS Web Client Authentication",
        "TLS Web Server Authentication"
      ],
      "extended_key_usage_critical": false,
      "basic_constraints": [
        "CA:TRUE",
        "pathlen:1"
      ],
      "basic_constraints_critical": true,
      "ocsp_must_staple": true,
      "ocsp_must_staple_critical": false,
      "subject_alt_name": [
        "DNS:etcd",
        "DNS:*.example.com",
        "IP:10.0.0.1",
        "IP:fd00::1",
        "email:a@b.c",
        "URI:https://x/y",
        "RID:1.2.3",
        "dirName:O=y\\, z,CN=x"
      ],
      "subject_alt_name_critical": false,
      "not_before": "20261121132835Z",
      "not_after": "21261028132835Z",
      "expired": false,
      "public_key": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEa/LJEegOmBAAmiDQ4onCcnH13Gg9\nw1UkTjQzkJBILd/0DGoR1N0zyqrjMRtKLladuj9hpINlZlnEjYtqa9c8JA==\n-----END PUBLIC KEY-----\n",
      "public_key_type": "ECC",
      "public_key_data": {
        "curve": "secp256r1",
        "x": 48826439521859126096674003246058575657059250149838888152349140156087322291679,
        "y": 110386269284943395702899515744878319966381994839421855443257132262990179417124,
        "exponent_size": 256
      },
      "public_key_fingerprints": {
        "md5": "e6:eb:7a:4e:a9:79:58:f7:75:6a:f2:0d:39:2d:65:db",
        "sha1": "c6:c0:64:a1:b5:f5:33:75:a9:d7:0b:77:e9:00:ca:c2:e3:84:d4:05",
        "sha256": "f0:1b:5f:ff:95:6c:d7:c2:a6:7e:da:f8:3f:d4:b5:7d:ca:b0:b5:6d:a6:d8:53:16:19:7d:e6:83:bc:14:bf:75",
        "sha384": "88:66:d2:72:96:9a:82:4e:51:86:41:66:06:90:0a:02:35:3a:67:e8:d2:52:05:28:e9:0d:77:80:9b:9c:78:9b:f7:b4:1b:f8:2b:7e:15:59:42:71:e8:e4:85:a1:fe:44",
        "sha512": "ee:b5:f1:91:8c:9a:4f:a9:df:c0:75:30:cf:36:9e:89:01:87:cf:73:45:03:76:13:b5:65:33:f8:fd:8d:f5:11:a4:c8:85:99:e7:9d:cf:c9:18:95:73:7f:14:17:7a:fa:6a:8b:cf:de:ee:cb:f9:e9:e9:1a:9c:45:ca:a8:6f:a1"
      },
      "fingerprints": {
        "md5": "9a:c5:76:25:74:a3:9c:82:56:7a:6e:14:59:49:4b:87",
        "sha1": "af:ee:92:10:ee:5d:a3:32:3d:0a:eb:c5:7b:2b:4a:63:4c:5d:f2:64",
        "sha256": "36:cd:c4:dc:fe:31:34:b9:ff:dd:58:8f:78:ca:f2:5b:13:a4:8c:24:52:84:a3:5c:7f:f3:99:ce:26:19:dd:36",
        "sha384": "51:a5:24:0c:cd:0c:16:8c:3b:cc:e6:1a:ab:9a:c4:19:18:ce:fb:d0:56:ca:c3:c7:0d:d9:06:ae:f8:18:1a:a3:40:d3:14:53:b1:35:60:3e:05:28:db:28:9c:9b:b8:a1",
        "sha512": "e9:60:07:78:ec:c2:cb:95:9f:d6:f3:35:e4:12:a3:5f:2d:33:b4:5c:2f:8f:a4:fd:61:35:87:97:6e:6e:85:8a:46:6e:52:5b:01:86:02:67:66:67:b4:92:2a:e4:e9:5c:69:11:18:13:2d:9b:e8:a3:00:ed:8f:a0:4e:71:57:cc"
      },
      "subject_key_identifier": "3a:97:6b:d6:d6:d3:8d:77:0e:4d:5d:d6:d3:ba:10:84:a7:4c:82:e8",
      "authority_key_identifier": null,
      "authority_cert_issuer": [
        "dirName:CN=etcd,OU=A,O=Example\\, Inc.,C=DE"
      ],
      "authority_cert_serial_number": 153573966578997989216759455319946166718279708638,
      "serial_number": 153573966578997989216759455319946166718279708638,
      "extensions_by_oid": {
        "2.5.29.14": {
          "critical": false,
          "value": "BBQ6l2vW1tONdw5NXdbTuhCEp0yC6A=="
        },
        "2.5.29.35": {
          "critical": false,
          "value": "MFyhRKRCMEAxCzAJBgNVBAYTAkRFMRYwFAYDVQQKDA1FeGFtcGxlLCBJbmMuMQowCAYDVQQLDAFBMQ0wCwYDVQQDDARldGNkghQa5n6tXhGudic7K+al7+8hoFfv3g=="
        },
        "2.5.29.17": {
          "critical": false,
          "value": "MGSCBGV0Y2SCDSouZXhhbXBsZS5jb22HBAoAAAGHEP0AAAAAAAAAAAAAAAAAAAGBBWFAYi5jhgtodHRwczovL3gveYgCKgOkHTAbMQowCAYDVQQDDAF4MQ0wCwYDVQQKDAR5LCB6"
        },
        "2.5.29.15": {
          "critical": true,
          "value": "AwIAqQ=="
        },
        "2.5.29.37": {
          "critical": false,
          "value": "MBkGCCsGAQUFBwMBBggrBgEFBQcDAgYDKgME"
        },
        "2.5.29.19": {
          "critical": true,
          "value": "MAYBAf8CAQE="
        },
        "1.3.6.1.5.5.7.1.1": {
          "critical": false,
          "value": "MDIwGAYIKwYBBQUHMAGGDGh0dHA6Ly9vY3NwLzAWBggrBgEFBQcwAoYKaHR0cDovL2NhLw=="
        },
        "1.3.6.1.5.5.7.1.24": {
          "critical": false,
          "value": "MAMCAQU="
        }
      },
      "ocsp_uri": "http://ocsp/",
      "issuer_uri": "http://ca/"
    }
    """#

  private func summary(_ pem: String, clock: Double = 1_800_000_000) throws -> Value {
    let renderer = Renderer(variables: ["pem": .string(pem)] as ValueMap, clock: clock)
    return try renderer.expression("pem | community.crypto.x509_certificate_info")
  }

  @Test func `are read in full`() throws {
    let found = try #require(try summary("text before\n" + Self.pem).dict)
    let wanted = try #require(try JSON.parse(Self.expected).dict)
    #expect(found.keys == wanted.keys || Set(found.keys) == Set(wanted.keys))
    for (key, value) in wanted { #expect(found[key] == value, "\(key)") }
  }

  @Test func `are expired after their last day`() throws {
    #expect(try summary(Self.pem, clock: 5_000_000_000)["expired"] == .bool(true))
  }

  @Test func `that are damaged are refused`() throws {
    let lines = Self.pem.split(separator: "\n").map(String.init)
    for damaged in [
      lines[0], lines.dropLast().joined(separator: "\n"),
      (lines[..<4] + [lines.last ?? ""]).joined(separator: "\n"),
    ] {
      #expect(throws: TemplateError.self) { try summary(damaged) }
    }
  }
}
